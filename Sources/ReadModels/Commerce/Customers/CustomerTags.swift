internal import EventModel
internal import Pipelines

/// All tags of a customer, as one payload states them. Since 2025-01 deliveries of `customers/*` state none
/// (shopify.dev, changelog): what an import stated stays then.
struct StatedTags {
    let version: PayloadVersion
    let tags: [String]

    /// nil where the payload does not say, or the tags are sealed.
    init?(_ document: CommerceDocument, _ version: PayloadVersion) {
        guard let node = document.root["tags"], !node.isNull, !node.isSealed else { return nil }
        self.version = version
        tags = node.tags.map { CustomerTag.text($0) }
    }
}

/// One tag of one customer.
struct CustomerTag: Hashable {
    let customer: CustomerKey
    let tag: String

    /// As a row holds it: part of an index.
    static func text(_ tag: String) -> String { PageAddress.text(tag) }
}

/// That a tag was added or removed, and when.
struct TagChange {
    /// Unix milliseconds.
    let at: Int64
    let isAdded: Bool

    /// What `customer.tags_added` and `customer.tags_removed` say.
    static func all(
        _ event: EventFacts, _ document: CommerceDocument, isAdded: Bool
    ) -> [(tag: CustomerTag, change: TagChange)] {
        guard let handle = document.customer, let tags = document.root["tags"]?.tags else { return [] }
        let at = document.root["occurredAt"]?.time ?? document.root["occurred_at"]?.time ?? event.order.time
        let key = CustomerKey(shop: event.shop, handle: handle)
        return tags.map {
            (CustomerTag(customer: key, tag: CustomerTag.text($0)), TagChange(at: at, isAdded: isAdded))
        }
    }

    /// Of two changes of one time the addition counts.
    func isNewer(than other: TagChange) -> Bool {
        (at, isAdded ? 1 : 0) > (other.at, other.isAdded ? 1 : 0)
    }
}

/// The statements that keep tags, for one schema; parameters as in `CustomerSQL`.
struct CustomerTagSQL {
    private let schema: String

    init(schema: String) { self.schema = schema }

    var stated: String {
        """
        insert into \(schema).stated_tags as t (lane, shop_id, handle, \(VersionColumns.names), tags)
        select $1, n.shop_id, n.handle, \(VersionColumns.names), n.tags
        from jsonb_to_recordset($3::jsonb) as n (shop_id int4, handle uuid, \(VersionColumns.types), tags text[])
        where $2::int8 is not null
        on conflict (lane, shop_id, handle) do update set \(VersionColumns.assignments), tags = excluded.tags
        where \(VersionColumns.isOlder("t"))
        """
    }

    var changes: String {
        """
        insert into \(schema).tag_change as t (lane, shop_id, handle, tag, at, is_added)
        select $1, n.shop_id, n.handle, n.tag, n.at, n.is_added
        from jsonb_to_recordset($3::jsonb) as n (shop_id int4, handle uuid, tag text, at timestamptz, is_added bool)
        where $2::int8 is not null
        on conflict (lane, shop_id, handle, tag) do update set at = excluded.at, is_added = excluded.is_added
        where (t.at, t.is_added) < (excluded.at, excluded.is_added)
        """
    }

    /// The tags that customers have: those stated last, with the changes since.
    var figures: String {
        """
        with change as (
            select g.* from \(Self.keys) join \(schema).tag_change g
                on g.lane = $1 and g.shop_id = n.shop_id and g.handle = n.handle
            left join \(schema).stated_tags s on s.lane = $1 and s.shop_id = n.shop_id and s.handle = n.handle
            where s.newest_at is null or g.at >= s.newest_at
        ), had as (
            select n.shop_id, n.handle, t.tag, t.place from \(Self.keys)
            join \(schema).stated_tags s on s.lane = $1 and s.shop_id = n.shop_id and s.handle = n.handle
            cross join unnest(s.tags) with ordinality t (tag, place)
        ), kept as (
            select h.* from had h where not exists (select from change g where not g.is_added
                and g.shop_id = h.shop_id and g.handle = h.handle and g.tag = h.tag)
            union all
            select g.shop_id, g.handle, g.tag, null from change g where g.is_added and not exists (
                select from had h where h.shop_id = g.shop_id and h.handle = g.handle and h.tag = g.tag)
        ), sums as (
            select n.shop_id, n.handle, coalesce(array_agg(k.tag order by k.place, k.tag collate "C")
                filter (where k.tag is not null), '{}') as tags
            from \(Self.keys) left join kept k on k.shop_id = n.shop_id and k.handle = n.handle
            group by n.shop_id, n.handle
        )
        update \(schema).customer c set version = $2, tags = s.tags from sums s
        where c.lane = $1 and c.shop_id = s.shop_id and c.handle = s.handle and c.tags <> s.tags
        """
    }

    /// Takes the tags of customers `$4` away; `$2` is the shop, `$3` the version, `$5` their pseudonyms.
    var erase: [String] {
        ["stated_tags", "tag_change"].map { table in
            """
            delete from \(schema).\(table)
            where lane = $1 and shop_id = $2 and handle = any($4::uuid[] || $5::uuid[]) and $3::int8 is not null
            """
        }
    }

    private static let keys = "jsonb_to_recordset($3::jsonb) as n (shop_id int4, handle uuid)"
}

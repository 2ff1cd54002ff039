import EventModel
import Pipelines
import Postgres
import ReadModels
import Synchronization

extension World {
    /// Writes orders with these ids, a line and a payment each, at positions 1000 + id; `shop` 1 is the world's own.
    func addOrders(_ ids: some Sequence<Int>, shop: Int = 1, status: String = "paid") async throws {
        let ids = Array(ids)
        try await pool.run { connection in
            for id in ids {
                try connection.execute(
                    """
                    INSERT INTO orders.shop_order VALUES (\(shop), \(shop), \(id), 1, '#\(id)', \(id),
                        '2026-11-01T10:00Z', '2026-11-01T10:00Z', '2026-11-01T10:00Z', '2026-11-02T10:00Z', NULL, NULL,
                        NULL, false, false, '\(status)', NULL, 'EUR', 'USD', 2, true, 40495, 500, 0, 100, 0, 40095, 0, 1,
                        'web', '{vip}', '{}', '{bogus}', '', '', '00000000-0000-0000-0000-00000000000\(id % 10)', NULL,
                        NULL, NULL, \(1000 + id));
                    INSERT INTO orders.order_line VALUES (\(shop), \(shop), \(id), \(id * 10), 7, 8, 'Dream', '160 x 200',
                        'DRM', 'Mattress AI', 1, 1, 40495, 500, 100, 0);
                    INSERT INTO orders.transaction VALUES (\(shop), \(shop), \(id), \(id * 100), NULL, 'sale', 'success',
                        'bogus', 40095, 'EUR', 2, '2026-11-01T10:00Z', NULL, false, NULL)
                    """)
            }
            try connection.execute(
                "UPDATE orders.checkpoint SET position = position + 1, projected_at = now() WHERE lane = \(shop)")
        }
    }

    /// Gives an order a refund of its whole line.
    func refund(_ order: Int) async throws {
        try await pool.run { connection in
            try connection.execute(
                """
                INSERT INTO orders.refund VALUES (1, 1, \(order), 55, '2026-11-03T10:00Z', NULL, false, 40095);
                INSERT INTO orders.refund_line VALUES (1, 1, \(order), 55, 56, \(order * 10), 1, 40495, 100);
                UPDATE orders.checkpoint SET position = position + 1 WHERE lane = 1
                """)
        }
    }

    /// Writes a product with two variants, one of which it has lost, and a customer.
    func addProductAndCustomer() async throws {
        try await pool.run { connection in
            try connection.execute(
                """
                INSERT INTO products.product (lane, shop_id, id, version, newest_at, title, vendor, status, price_min,
                    price_max, tags, options, words)
                VALUES (1, 1, 9007199254740993, 1, now(), 'Dream', 'Mattress AI', 'active', 12.5, 404.95, '{foam}',
                    '[{"name":"Size","values":["160"]}]', 'dream');
                INSERT INTO products.variant VALUES
                    (1, 1, 9007199254740993, 1, now(), 1, 1, gen_random_uuid(), true, 0, 12.5, NULL, 3, '160', 'DRM', '', '{160}'),
                    (1, 1, 9007199254740993, 2, now(), 1, 1, gen_random_uuid(), false, 1, 1, NULL, 0, 'gone', '', '', '{}');
                INSERT INTO customers.customer (lane, shop_id, handle, version, position, created_at, state, currency,
                    orders, spent, spent_currency)
                VALUES (1, 1, '00000000-0000-0000-0000-000000000001', 1, 77, '2026-10-01Z', 'enabled', 'EUR', 2, 80190,
                        'EUR'),
                    (1, 1, '00000000-0000-0000-0000-000000000002', 1, 0, NULL, NULL, NULL, 1, 5, 'EUR')
                """)
        }
    }
}

/// Opens every position as one customer's order, and remembers who asked for how many.
final class Opener: RecordOpener {
    let readings = Mutex<[String]>([])

    func open(
        _ shop: ShopKey, _ positions: [Position], for reading: PersonalReading
    ) async throws -> [Position: [UInt8]] {
        readings.withLock { $0.append("\(reading.reader) \(reading.route) \(positions.count)") }
        let payload = """
            {"id":706405506930370084,"email":"jon@example.com","first_name":"Jon",
             "customer":{"id":706405506930370084,"email":"jon@example.com","first_name":"Jon","phone":null}}
            """
        return Dictionary(positions.map { ($0, Array(payload.utf8)) }) { first, _ in first }
    }

    func handles(of shop: ShopKey) async throws -> @Sendable (HandleKind, String) -> Key128? {
        { kind, text in text == "jon@example.com" ? Key128(high: 0, low: 3) : Key128(high: 1, low: 1) }
    }
}

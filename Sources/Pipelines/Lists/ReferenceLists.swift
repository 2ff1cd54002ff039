/// What a referring site is.
package enum SiteKind: String, Sendable, CaseIterable {
    case search, shopping, social, video, assistant, payment, email

    /// The list's file under `pipelines/lists/`.
    var file: String {
        switch self {
        case .search: "search-engines.yaml"
        case .shopping: "shopping.yaml"
        case .social: "social.yaml"
        case .video: "video.yaml"
        case .assistant: "ai-assistants.yaml"
        case .payment: "payment-gateways.yaml"
        case .email: "email.yaml"
        }
    }
}

/// A site of one of the lists.
package struct KnownSite: Sendable, Equatable {
    /// The name that reports show as the source, in lower case.
    package let name: String
    /// The list it is in.
    package let kind: SiteKind
}

/// Where a click id in a landing page's address comes from.
package struct ClickSource: Sendable, Equatable {
    /// The query parameter.
    package let parameter: String
    /// The source it says.
    package let source: String
    /// The medium it says.
    package let medium: String
}

/// The lists under `pipelines/lists/`, indexed for look-up.
package struct ReferenceLists: Sendable {
    private var domains: [String: [KnownSite]] = [:]
    /// Sites named `label.*`: the label in front of any public suffix.
    private var labels: [String: [KnownSite]] = [:]
    private var aliases: [String: [KnownSite]] = [:]
    /// Click ids, in the order in which they are looked for.
    package private(set) var clickSources: [ClickSource] = []
    /// Networks in which no shopper sits: of crawlers and of data centres.
    package private(set) var dataCentres = NetworkSet()

    /// A public suffix has two labels at most here (`co.uk`); longer ones are named in full.
    private static let suffixLabelsMax = 2

    /// Empty lists.
    package init() {}

    /// Reads every list of the folder.
    package static func load(folder: String) throws(PipelineError) -> ReferenceLists {
        var lists = ReferenceLists()
        for kind in SiteKind.allCases { try lists.read(kind, YAMLDocument.read("lists/" + kind.file, folder: folder)) }
        try lists.readClickSources(YAMLDocument.read("lists/click-ids.yaml", folder: folder))
        try lists.readNetworks(YAMLDocument.read("lists/data-centres.yaml", folder: folder))
        return lists
    }

    /// The site of `kind` that a host belongs to: the host itself or a domain above it.
    package func site(host: String, kind: SiteKind) -> KnownSite? {
        self.sites(host: host) { $0.kind == kind }
    }

    /// The site that a host belongs to, whatever its kind; payment gateways first, then in the order of `SiteKind`.
    package func site(host: String) -> KnownSite? {
        if let gateway = self.site(host: host, kind: .payment) { return gateway }
        return self.sites(host: host) { _ in true }
    }

    /// The site of `kind` that a `utm_source` means: its name, another spelling, or its host.
    package func site(source: String, kind: SiteKind) -> KnownSite? {
        let source = source.lowercased()
        if let site = self.aliases[source]?.first(where: { $0.kind == kind }) { return site }
        return source.contains(".") ? self.site(host: source, kind: kind) : nil
    }

    private func sites(host: String, where isWanted: (KnownSite) -> Bool) -> KnownSite? {
        guard host.utf8.count <= WebAddress.hostBytesMax else { return nil }
        let labels = host.lowercased().utf8.split(separator: UInt8(ascii: ".")).map { Substring($0) }
        var domain = labels.joined(separator: ".").utf8[...]
        for (start, label) in labels.enumerated() {
            if let site = self.domains[String(Substring(domain))]?.first(where: isWanted) { return site }
            let suffix = labels.count - start - 1
            if suffix >= 1, suffix <= Self.suffixLabelsMax,
                let site = self.labels[String(label)]?.first(where: isWanted)
            {
                return site
            }
            domain = domain.dropFirst(label.utf8.count + 1)
        }
        return nil
    }
}

extension ReferenceLists {
    /// A list maps a site's name to its hosts (with a dot; `name.*` is the name under any public suffix) and to other
    /// spellings that `utm_source` may have (without one).
    private mutating func read(_ kind: SiteKind, _ document: YAMLDocument) throws(PipelineError) {
        for (name, value) in try document.members() {
            let site = KnownSite(name: name, kind: kind)
            guard name == name.lowercased() else { throw value.fault("has to be in lower case") }
            self.aliases[name, default: []].append(site)
            for leaf in try value.leaves() {
                let entry = try leaf.string()
                guard entry == entry.lowercased(), !entry.contains("/") else {
                    throw leaf.fault("\"\(entry)\" has to be a host or a word in lower case, without scheme or path")
                }
                if entry.hasSuffix(".*") {
                    self.labels[String(entry.dropLast(2)), default: []].append(site)
                } else if entry.contains(".") {
                    self.domains[entry, default: []].append(site)
                } else {
                    self.aliases[entry, default: []].append(site)
                }
            }
        }
    }

    /// A list maps an operator's name to its networks.
    private mutating func readNetworks(_ document: YAMLDocument) throws(PipelineError) {
        var texts: [String] = []
        for (_, value) in try document.members() { texts += try value.strings() }
        do throws(NetworkSet.Unreadable) {
            self.dataCentres = try NetworkSet(texts)
        } catch {
            throw document.fault("\"\(error.text)\" is no network such as 192.0.2.0/24")
        }
    }

    private mutating func readClickSources(_ document: YAMLDocument) throws(PipelineError) {
        for (parameter, value) in try document.members() {
            let members = try value.members(allowed: ["source", "medium"])
            guard let source = members["source"], let medium = members["medium"] else {
                throw value.fault("needs source and medium")
            }
            self.clickSources.append(
                ClickSource(parameter: parameter, source: try source.string(), medium: try medium.string()))
        }
    }
}

package import EventModel

/// Everything under `pipelines/`, compiled at start-up: the sources' events and the lists that classifiers read.
package struct PipelineCatalog: Sendable {
    /// The web pixel's events.
    package let pixel: SourcePipeline
    /// The widget's events.
    package let widget: SourcePipeline
    /// Shopify's webhooks, named by topic.
    package let webhook: SourcePipeline
    /// Search engines, social sites, payment gateways and the like.
    package let lists: ReferenceLists

    /// The file of each source.
    package static let files: [(name: String, source: EventSource)] = [
        ("web-pixel.yaml", .pixel), ("widget.yaml", .widget), ("webhooks.yaml", .webhook),
    ]

    /// Reads and compiles the folder, which has the three sources' files and `lists/`. The first fault is thrown;
    /// `check` finds them all.
    package static func load(folder: String) throws(PipelineError) -> PipelineCatalog {
        let lists = try ReferenceLists.load(folder: folder)
        let clicks = lists.clickSources.map(\.parameter)
        let pixel = try self.source(.pixel, "web-pixel.yaml", folder, clicks)
        let widget = try self.source(.widget, "widget.yaml", folder, clicks)
        let webhook = try self.source(.webhook, "webhooks.yaml", folder, clicks)
        return PipelineCatalog(pixel: pixel, widget: widget, webhook: webhook, lists: lists)
    }

    /// Every fault in the folder, one for each file at most; empty when all is well.
    package static func check(folder: String) -> [PipelineError] {
        var faults: [PipelineError] = []
        for file in self.files {
            do { _ = try self.source(file.source, file.name, folder) } catch { faults.append(error) }
        }
        do { _ = try ReferenceLists.load(folder: folder) } catch { faults.append(error) }
        return faults
    }

    /// The pipeline that events of `source` take; nil for events that Footfall writes itself.
    package func pipeline(for source: EventSource) -> SourcePipeline? {
        switch source {
        case .pixel: self.pixel
        case .widget: self.widget
        case .webhook, .history: self.webhook
        case .system: nil
        }
    }

    private static func source(
        _ source: EventSource, _ name: String, _ folder: String, _ clicks: [String] = []
    ) throws(PipelineError) -> SourcePipeline {
        let file = try PipelineFile(YAMLDocument.read(name, folder: folder), source: source)
        return try PipelineCompiler.compile(file, name: name, clickParameters: clicks)
    }
}

// swift-tools-version: 6.2
import PackageDescription

// Targets stand in the order of the flow: an event comes in at Gateway and leaves at Endpoints.

let settings: [SwiftSetting] = [
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
]

func module(_ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = []) -> Target {
    .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: settings)
}

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let asyncHTTPClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let configuration = Target.Dependency.product(name: "Configuration", package: "swift-configuration")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let hummingbirdTesting = Target.Dependency.product(name: "HummingbirdTesting", package: "hummingbird")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioHTTPTypes = Target.Dependency.product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let nioHTTPTypesHTTP1 = Target.Dependency.product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras")
let nioHTTPCompression = Target.Dependency.product(name: "NIOHTTPCompression", package: "swift-nio-extras")
let nioExtras = Target.Dependency.product(name: "NIOExtras", package: "swift-nio-extras")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let serviceLifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

let package = Package(
    name: "footfall",
    products: [.executable(name: "footfall", targets: ["footfall"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // C libraries, each imported by one module only.
        .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CHiredis", providers: [.apt(["libhiredis-dev"])]),
        .systemLibrary(name: "COpenSSL", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CLZ4", providers: [.apt(["liblz4-dev"])]),
        .systemLibrary(name: "CMalloc"),
        .systemLibrary(name: "CVector"),

        // Vocabulary and the two stores.
        module("EventModel", ["CLZ4", "CVector"]),
        module("Blocking"),
        module("Cryptography", ["COpenSSL"]),
        module("Postgres", ["CLibPQ", "Blocking"]),
        module("Redis", ["CHiredis"]),

        // The way in.
        module("Pipelines", ["EventModel", yams]),
        module("Privacy", ["EventModel", "Pipelines", "Cryptography"]),
        module(
            "Gateway",
            [
                "EventModel", "Blocking", "Cryptography", "Redis", "Pipelines", "Privacy", logging, nioCore, nioHTTP1,
                nioHTTPCompression, nioPosix,
                serviceLifecycle,
            ]),
        module("Registry", ["EventModel", "Cryptography", "Postgres"]),
        module("StreamBuffer", ["EventModel", "Redis", "Blocking", logging]),
        module("EventLog", ["EventModel", "Cryptography", "Postgres", "Blocking", logging]),
        module("Drain", ["EventModel", "StreamBuffer", "EventLog", "Blocking", logging, serviceLifecycle]),

        // The way out.
        module("ReadModels", ["EventModel", "Cryptography", "Pipelines", "Privacy", "Postgres", "Blocking", logging]),
        module(
            "Projector",
            [
                "EventModel", "EventLog", "ReadModels", "Pipelines", "Privacy", "Postgres", "Blocking", logging,
                serviceLifecycle,
            ]),
        module(
            "Endpoints",
            [
                "EventModel", "ReadModels", "Pipelines", "Privacy", "Cryptography", "Postgres", "Blocking", httpTypes,
                hummingbird, hummingbirdCore,
                logging, nioCore, nioHTTP1, nioHTTPTypes, nioHTTPTypesHTTP1, nioPosix, serviceLifecycle,
            ]),

        // Shopify: what Footfall does by itself in answer to events, and everything between it and the Admin API.
        module("Recorder", ["EventModel", "Cryptography", "Pipelines", "Privacy", "Blocking", logging]),
        module(
            "Reactors",
            ["EventModel", "Postgres", "Blocking", logging, serviceLifecycle]),
        module(
            "Shopify",
            [
                "EventModel", "Cryptography", "Privacy", "Registry", "Postgres", "Redis", "Blocking", "Recorder",
                "Reactors", asyncHTTPClient, nioCore, nioHTTP1, logging, serviceLifecycle,
            ]),

        // What people may ask for: to see what is held of them, and to be forgotten.
        module(
            "DataSubjects",
            [
                "EventModel", "EventLog", "Cryptography", "Pipelines", "Privacy", "Registry", "Postgres", "Redis",
                "Blocking", "Recorder", "Reactors", "ReadModels", logging, serviceLifecycle,
            ]),
        module(
            "Backups",
            [
                "EventModel", "EventLog", "Cryptography", "Privacy", "Registry", "Postgres", "Redis", "Blocking",
                "PrivateStores", "Recorder", "ReadModels", logging,
            ]),

        module(
            "ShopifyStandIn",
            ["Cryptography", asyncHTTPClient, httpTypes, hummingbird, logging, nioCore, nioHTTP1, serviceLifecycle]),

        // Around the pipeline: a machine's private stores, and shoppers made up for tests and demos.
        module("PrivateStores", ["Blocking", "Postgres", "Redis", logging]),
        module("Simulator", [asyncHTTPClient, nioCore, nioHTTP1, logging]),
        module(
            "Bench",
            [
                "EventModel", "Postgres", "Redis", "ReadModels", "PrivateStores", "ShopifyStandIn", "Simulator",
                asyncHTTPClient, nioCore, nioHTTP1, logging,
            ]),

        .executableTarget(
            name: "footfall",
            dependencies: [
                "CMalloc", "EventModel", "Blocking", "Cryptography", "Postgres", "Redis", "Pipelines", "Privacy",
                "Gateway",
                "StreamBuffer",
                "EventLog", "Drain", "Registry", "Recorder", "Reactors", "Shopify", "ShopifyStandIn", "ReadModels",
                "DataSubjects", "Backups",
                "Projector", "Endpoints", "PrivateStores", "Simulator",
                "Bench",
                argumentParser, configuration, httpTypes, hummingbirdCore, nioHTTP1, nioHTTPTypes, nioHTTPTypesHTTP1,
                yams, asyncHTTPClient, hummingbird, logging, nioCore, nioExtras, nioPosix, serviceLifecycle,
                unixSignals,
            ],
            swiftSettings: settings),

        // Real stores for tests, and the tests.
        module("TestSupport", ["Blocking", "PrivateStores", "Postgres", "Redis", "EventModel", logging]),
        tests("EventModelTests", ["EventModel", "TestSupport"]),
        tests("StoresTests", ["Postgres", "Redis", "Cryptography", "Blocking", "PrivateStores", "TestSupport"]),
        tests("PipelinesTests", ["EventModel", "Pipelines", "TestSupport"]),
        tests("PrivacyTests", ["EventModel", "Pipelines", "Privacy", "Cryptography", "TestSupport"]),
        tests(
            "GatewayTests",
            [
                "EventModel", "Pipelines", "Privacy", "Cryptography", "Redis", "Gateway", "TestSupport",
                asyncHTTPClient,
                nioCore, nioPosix, nioHTTP1, logging,
            ]),
        tests(
            "LogTests",
            [
                "EventModel", "StreamBuffer", "EventLog", "Drain", "Postgres", "Redis", "PrivateStores", "Cryptography",
                "TestSupport", logging, serviceLifecycle,
            ]),
        tests(
            "ProjectorTests",
            [
                "EventModel", "EventLog", "ReadModels", "Projector", "Pipelines", "Postgres", "TestSupport", logging,
                serviceLifecycle,
            ]),
        tests(
            "EndpointsTests",
            [
                "EventModel", "ReadModels", "Endpoints", "Pipelines", "Privacy", "Postgres", "TestSupport", httpTypes,
                hummingbird,
                hummingbirdTesting, logging, nioCore,
            ]),
        tests(
            "CommerceTests",
            [
                "EventModel", "EventLog", "ReadModels", "Projector", "Pipelines", "Privacy", "Postgres", "TestSupport",
                logging, serviceLifecycle,
            ]),
        tests("SearchTests", ["EventModel", "ReadModels", "Postgres", "TestSupport"]),
        tests(
            "ReactorsTests",
            [
                "EventModel", "EventLog", "Postgres", "Reactors", "Recorder", "Pipelines", "Privacy", "TestSupport",
                logging, serviceLifecycle,
            ]),
        tests(
            "ShopifyTests",
            [
                "EventModel", "Cryptography", "Pipelines", "Privacy", "Registry", "Postgres", "Redis", "Recorder",
                "Reactors", "Shopify", "ShopifyStandIn", "TestSupport", asyncHTTPClient, logging, nioCore,
                nioHTTP1,
            ]),
        tests(
            "DataSubjectsTests",
            [
                "EventModel", "EventLog", "Cryptography", "Pipelines", "Privacy", "Registry", "Postgres", "Redis",
                "Recorder", "Reactors", "ReadModels", "Projector", "DataSubjects", "TestSupport", logging,
                serviceLifecycle,
            ]),
        tests(
            "BackupsTests",
            [
                "EventModel", "EventLog", "Cryptography", "Pipelines", "Privacy", "Registry", "Postgres", "Redis",
                "PrivateStores", "Recorder", "Backups", "TestSupport", logging,
            ]),
        tests("SimulatorTests", ["Simulator", logging]),
        tests(
            "PipelineTests",
            [
                "Cryptography", "Privacy", "Simulator", "ShopifyStandIn", "Postgres", "Redis", "PrivateStores",
                "TestSupport", "footfall",
                asyncHTTPClient, nioCore,
                nioHTTP1, logging,
            ]),
    ]
)

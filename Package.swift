// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

/// What computes is optimised in debug builds, too: tests and school years spend their time there. Its checks stay, and
/// say what they found.
let computing: [SwiftSetting] =
    settings + [.unsafeFlags(["-O", "-assert-config", "Debug"], .when(configuration: .debug))]

let package = Package(
    name: "jilian",
    products: [.executable(name: "jilian", targets: ["jilian"])],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-structured-headers", from: "1.7.0"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.0"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .target(name: "CRDT", swiftSettings: computing),
        .target(
            name: "Alliance", dependencies: ["CRDT", .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: computing),
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        .target(
            name: "Wire",
            dependencies: [
                "CRDT", "Alliance", "CZstd",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
                .product(name: "RawStructuredFieldValues", package: "swift-http-structured-headers"),
            ], swiftSettings: computing),
        .target(
            name: "Sync",
            dependencies: ["CRDT", "Alliance", "Wire", .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: computing),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .target(name: "Transport", dependencies: ["CCurl"], swiftSettings: settings),
        .target(
            name: "Store",
            dependencies: [
                "CRDT", "Alliance", "Wire", "Sync",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ], swiftSettings: computing),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CExpat", pkgConfig: "expat", providers: [.apt(["libexpat1-dev"])]),
        .systemLibrary(name: "CXlsxWriter", pkgConfig: "xlsxwriter", providers: [.apt(["libxlsxwriter-dev"])]),
        .target(
            name: "Sheets", dependencies: ["CRDT", "Alliance", "CZlib", "CExpat", "CXlsxWriter"],
            swiftSettings: settings),
        .target(
            name: "Replica",
            dependencies: [
                "CRDT", "Alliance", "Wire", "Sync", "Store", "Sheets", .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
            ],
            swiftSettings: settings),
        .target(
            name: "Serving",
            dependencies: [
                "Alliance", "Replica",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "X509", package: "swift-certificates"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ], swiftSettings: settings),
        .target(
            name: "Accounts",
            dependencies: [
                "Alliance", "Replica",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "GRDB", package: "GRDB.swift"),
            ], swiftSettings: settings),
        .target(name: "CAssets", exclude: ["Files"]),
        .target(
            name: "Web",
            dependencies: [
                "CRDT", "Alliance", "Replica", "Serving", "Accounts", "CAssets", "CZlib",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
            ], swiftSettings: settings),
        .target(
            name: "Board",
            dependencies: [
                "CRDT", "Alliance", "Wire", "Sync", "Store", "Replica",
                .product(name: "GRDB", package: "GRDB.swift"),
            ], swiftSettings: settings),
        .target(
            name: "Hub",
            dependencies: [
                "CRDT", "Alliance", "Wire", "Sync", "Store", "Replica", "Serving", "Accounts", "Web", "Board",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ], swiftSettings: settings),
        .target(
            name: "Node",
            dependencies: [
                "CRDT", "Alliance", "Wire", "Sync", "Store", "Replica", "Serving", "Accounts", "Web", "Transport",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ], swiftSettings: settings),
        .target(
            name: "Bench",
            dependencies: [
                "CRDT", "Alliance", "Wire", "Sync", "Store", "Replica", "Transport",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ], swiftSettings: settings),
        .target(
            name: "Simulation",
            dependencies: [
                "CRDT", "Alliance", "Wire", "Sync", "Store",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ], swiftSettings: computing),
        .executableTarget(
            name: "jilian",
            dependencies: [
                "CRDT", "Alliance", "Wire", "Sync", "Store", "Replica", "Serving", "Accounts", "Board", "Hub",
                "Node", "Bench", "Simulation", "Transport",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ], swiftSettings: settings),
        .testTarget(name: "CRDTTests", dependencies: ["CRDT"], swiftSettings: settings),
        .testTarget(
            name: "AllianceTests",
            dependencies: ["CRDT", "Alliance", .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: settings),
        .testTarget(name: "SheetsTests", dependencies: ["CRDT", "Alliance", "Sheets", "CZlib"], swiftSettings: settings),
        .testTarget(
            name: "WireTests",
            dependencies: ["CRDT", "Alliance", "Wire", .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: settings),
        .testTarget(
            name: "TransportTests", dependencies: ["Transport"],
            exclude: ["Support/server.py", "Support/http2.mjs"], swiftSettings: settings),
        .testTarget(
            name: "SyncTests",
            dependencies: [
                "CRDT", "Alliance", "Wire", "Sync", "Store", .product(name: "Crypto", package: "swift-crypto"),
            ], swiftSettings: settings),
        .testTarget(
            name: "StoreTests",
            dependencies: [
                "CRDT", "Alliance", "Wire", "Sync", "Store", .product(name: "Crypto", package: "swift-crypto"),
            ], swiftSettings: settings),
        .testTarget(
            name: "ServerTests",
            dependencies: [
                "CRDT", "Alliance", "Wire", "Sync", "Store", "Replica", "Serving", "Accounts", "Web", "Board", "Hub",
                "Node", "Transport",
                .product(name: "Crypto", package: "swift-crypto"), .product(name: "Logging", package: "swift-log"),
                .product(name: "GRDB", package: "GRDB.swift"), .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "X509", package: "swift-certificates"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ], swiftSettings: settings),
        .testTarget(
            name: "BoardTests",
            dependencies: [
                "CRDT", "Alliance", "Wire", "Sync", "Store", "Replica", "Board",
                .product(name: "GRDB", package: "GRDB.swift"),
            ], swiftSettings: settings),
        .testTarget(
            name: "SimulationTests",
            dependencies: ["CRDT", "Alliance", "Wire", "Sync", "Store", "Simulation"], swiftSettings: settings),
        .target(
            name: "FuzzReaders",
            dependencies: ["CRDT", "Alliance", "Wire", .product(name: "Crypto", package: "swift-crypto")],
            path: "Tests/Fuzz/Readers", swiftSettings: settings),
        .testTarget(name: "FuzzTests", dependencies: ["FuzzReaders"], swiftSettings: settings),
        .testTarget(
            name: "WebTests",
            dependencies: ["Alliance", "Replica", "Accounts", "Web"],
            swiftSettings: settings),
        .testTarget(name: "RepositoryTests", swiftSettings: settings),
    ],
    swiftLanguageModes: [.v6]
)

// Deploy/fuzz asks for one target more: the readers under libFuzzer, with their edges and lines counted.
if Context.environment["JILIAN_FUZZ"] != nil {
    let counted: [SwiftSetting] = [
        .unsafeFlags(["-sanitize=fuzzer", "-parse-as-library", "-profile-generate", "-profile-coverage-mapping"])
    ]
    for target in package.targets where ["CRDT", "Alliance", "Wire"].contains(target.name) {
        target.swiftSettings = settings + counted
    }
    package.targets.append(
        .executableTarget(
            name: "fuzz", dependencies: ["FuzzReaders"], path: "Tests/Fuzz/Main", swiftSettings: settings,
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer", "-profile-generate", "-use-ld=lld"])]))
}

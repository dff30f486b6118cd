import Alliance
import ArgumentParser
import Foundation
import Replica
import Serving

/// The certificate by which a server protects its pages on the LAN, where it makes its own.
struct CertificateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "certificate", abstract: "本机自己的证书 · the certificate that this machine makes for itself",
        subcommands: [Show.self, Export.self, Renew.self, New.self], defaultSubcommand: Show.self)

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "根证书的指纹，证书里的名称和期限 · the authority's fingerprint, the names, the end")
        @OptionGroup var common: CommonOptions

        func run() throws {
            _ = try common.open()
            try CertificateCommand.tell(OwnCertificate(in: common.data), asJSON: common.json)
        }
    }

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "ca",
            abstract: "把根证书写到文件，安装到学校的电脑 · write the authority's certificate to a file, to be installed")
        @OptionGroup var common: CommonOptions
        @Argument(help: "文件，例如 jilian-ca.crt · the file")
        var file: String

        func run() throws {
            _ = try common.open()
            let authority = try OwnCertificate(in: common.data).authority()
            guard FileManager.default.createFile(atPath: file, contents: Data(authority.pem.utf8)) else {
                throw CommandError(
                    .refused, "file",
                    Phrase("无法写入 \(file)；请检查文件夹和权限。", "\(file) can't be written; check the folder and the rights."))
            }
            let json: JSON = ["file": .string(file), "fingerprint": .string(authority.fingerprint)]
            Output.result(json, asJSON: common.json) {
                "已写入 \(file)，指纹（SHA-256）：\n\(authority.fingerprint)\n请安装到学校的电脑；说明见控制台的 /certificate。"
            }
        }
    }

    struct Renew: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "现在就重做服务器证书（根证书不变）· make the server's certificate anew now; the authority stays")
        @OptionGroup var common: CommonOptions
        @Option(help: "其他主机名或地址，可重复；serve 时也须给出 --certificate-name · a further name or address; give it to serve too")
        var name: [String] = []

        func run() throws {
            _ = try common.open()
            let own = try OwnCertificate(in: common.data, names: name)
            _ = try own.renew()
            try CertificateCommand.tell(own, asJSON: common.json)
        }
    }

    struct New: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "换一个根证书：学校的电脑须重新安装 · a new authority: the school's computers install it anew")
        @OptionGroup var common: CommonOptions
        @Option(help: "它还要为之作证的主机名或地址，可重复 · a further name or address for it to vouch for")
        var name: [String] = []

        func run() throws {
            _ = try common.open()
            let own = try OwnCertificate(in: common.data, names: name)
            try own.replaceAuthority()
            try CertificateCommand.tell(own, asJSON: common.json)
        }
    }

    private static func tell(_ own: OwnCertificate, asJSON: Bool) throws {
        let authority = try own.authority()
        let (names, ends) = try own.standing()
        let json: JSON = [
            "fingerprint": .string(authority.fingerprint), "authorityEnds": JSON(authority.ends),
            "names": .array(names.map { .string($0) }), "ends": JSON(ends),
        ]
        Output.result(json, asJSON: asJSON) {
            """
            根证书指纹（SHA-256）：
            \(authority.fingerprint)
            服务器证书：\(names.joined(separator: "，"))；有效至 \(Output.time(json["ends"]))，到期前自动更换。
            运行中的服务一分钟内换用。
            """
        }
    }
}

import Alliance
import Replica

/// What is wrong with a certificate, for a person.
enum CertificateFault {
    static func unreadable(_ path: String) -> CommandError {
        fault(
            "文件 \(path) 读不出来；数据未受影响。请检查路径和权限（\(noOption)）。",
            "The file \(path) can't be read; the data are untouched. Check the path and the rights (\(noOptionEn)).")
    }

    static func noCertificate(_ path: String) -> CommandError {
        fault(
            "\(path) 里没有 PEM 格式的证书（-----BEGIN CERTIFICATE-----）；请给出证书链，服务器自己的证书在最前。",
            "\(path) holds no certificate in PEM (-----BEGIN CERTIFICATE-----); give the chain, the server's own first."
        )
    }

    static func noKey(_ path: String) -> CommandError {
        fault(
            "\(path) 里没有可用的 PEM 私钥（RSA、P-256、P-384、P-521 或 Ed25519）；请给出与证书相配的私钥。",
            "\(path) holds no usable private key in PEM (RSA, P-256, P-384, P-521 or Ed25519); give the certificate's own."
        )
    }

    static func sealedKey(_ path: String) -> CommandError {
        fault(
            "私钥 \(path) 有口令，服务无人值守时打不开；请给出没有口令、只有本用户可读的私钥（openssl pkey -in 旧文件 -out 新文件）。",
            "The key \(path) has a passphrase, which nobody types when the service starts; give one without, readable by this user only (openssl pkey -in OLD -out NEW)."
        )
    }

    static func mismatched(_ certificate: String, _ key: String) -> CommandError {
        fault(
            "证书 \(certificate) 与私钥 \(key) 不相配；请给出同一次申请得到的两个文件。",
            "The certificate \(certificate) and the key \(key) don't belong together; give the two files of one request."
        )
    }

    static func wrongOrder(_ certificate: String) -> CommandError {
        fault(
            "证书链 \(certificate) 的顺序不对：私钥属于其中靠后的一张；请把服务器自己的证书放在最前，其后是签发它的。",
            "The chain \(certificate) is in the wrong order: the key belongs to a later one; put the server's own first, then who issued it."
        )
    }

    static func expired(_ certificate: String, on day: String) -> CommandError {
        fault(
            "证书 \(certificate) 已于 \(day) 到期，浏览器会拒绝；请换上新的证书，或去掉 --certificate 与 --key，改用本机自己的证书。本机时钟若不对，请先校正。",
            "The certificate \(certificate) ended on \(day), and browsers refuse it; give a new one, or leave out --certificate and --key and this machine makes its own. If the machine's clock is wrong, set it first."
        )
    }

    static func early(_ certificate: String, from day: String) -> CommandError {
        fault(
            "证书 \(certificate) 自 \(day) 起才有效；请检查本机时钟，或换一张证书。",
            "The certificate \(certificate) is valid from \(day) only; check this machine's clock, or give another.")
    }

    static func notAName(_ name: String) -> CommandError {
        CommandError(
            .usage, "certificate",
            Phrase(
                "“\(name)”不是主机名也不是 IP 地址；例如 jilian.school.lan、192.168.1.5。",
                "“\(name)” is neither a host name nor an IP address; for instance jilian.school.lan, 192.168.1.5."))
    }

    static func beyondAuthority(_ name: String) -> CommandError {
        fault(
            "本机的根证书制作时不知道 \(name)，不能为它签发。请运行 jilian certificate new --name \(name) 换一个根证书（学校的电脑须重新安装），或去掉这个名称。",
            "This machine's authority was made without \(name) and can't vouch for it. Run jilian certificate new --name \(name) for a new authority (the school's computers install it anew), or leave the name out."
        )
    }

    static func damagedAuthority(_ path: String) -> CommandError {
        fault(
            "根证书文件 \(path) 损坏；数据未受影响。请放回它的备份；没有备份就运行 jilian certificate new（学校的电脑须重新安装）。",
            "The authority's file \(path) is damaged; the data are untouched. Put a copy of it back; without one run jilian certificate new (the school's computers install it anew)."
        )
    }

    private static let noOption = "去掉 --certificate 与 --key 则使用本机自己的证书"
    private static let noOptionEn = "without --certificate and --key this machine makes its own"

    private static func fault(_ zh: String, _ en: String) -> CommandError {
        CommandError(.refused, "certificate", Phrase(zh, en))
    }
}

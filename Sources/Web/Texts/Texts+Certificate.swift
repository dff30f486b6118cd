import Alliance

extension Texts {
    static let certificate = Phrase("本机的根证书", "This machine's authority")
    static let certificateWarned = Phrase("浏览器提示连接不受信任？", "Does the browser say that the connection is not trusted?")
    static let certificateText = Phrase(
        "本机用自己的证书加密连接。在学校的每台电脑上安装一次根证书，浏览器就不再提示不受信任；它只能为校内地址和本机名称作证，不能冒充其他网站。",
        "This machine protects the connection by a certificate of its own. Install its authority once on each of the school's computers, and browsers trust it; it can vouch for local addresses and this machine's name only, for no other site."
    )
    static let certificateNone = Phrase(
        "这个控制台没有自己的证书：它只在本机打开，或由代理加密。",
        "This console has no certificate of its own: it is open on this machine only, or a proxy protects it.")
    static let certificateOfOthers = Phrase(
        "这个控制台用的是由别的机构签发的证书，不需要安装。",
        "This console uses a certificate that others issued; there is nothing to install.")
    static let fingerprint = Phrase("指纹（SHA-256）", "Fingerprint (SHA-256)")
    static let fingerprintHint = Phrase(
        "安装前请与本机屏幕上的核对：启动时会显示，也可运行 jilian certificate show。不一致就不要安装，并告诉管理员。",
        "Compare it before installing with what the machine itself shows when it starts, or by jilian certificate show. If they differ, don't install, and tell the administrator."
    )
    static let certificateFile = Phrase("下载根证书", "Download the authority")
    static let certificateHow = Phrase("怎样安装", "How to install it")

    /// One system after the other: its name, and what to do there.
    static let certificateWays: [(system: Phrase, steps: Phrase)] = [
        (
            Phrase("Windows 电脑（Edge、Chrome、360）", "Windows (Edge, Chrome, 360)"),
            Phrase(
                "双击下载的文件，选“安装证书”→“本地计算机”→“将所有的证书都放入下列存储”→“受信任的根证书颁发机构”。全校电脑可用组策略统一安装。",
                "Open the file, choose Install Certificate, Local Machine, place all certificates in: Trusted Root Certification Authorities. For all computers at once use group policy."
            )
        ),
        (
            Phrase("统信 UOS、麒麟、Debian、Ubuntu", "UOS, Kylin, Debian, Ubuntu"),
            Phrase(
                "把文件复制到 /usr/local/share/ca-certificates/，运行 sudo update-ca-certificates；Chromium 另在“设置→隐私和安全→安全→管理证书→授权机构”导入。",
                "Copy the file to /usr/local/share/ca-certificates/ and run sudo update-ca-certificates; in Chromium import it too: Settings, Privacy and security, Security, Manage certificates, Authorities."
            )
        ),
        (
            Phrase("火狐 Firefox", "Firefox"),
            Phrase(
                "“设置→隐私与安全→查看证书→证书颁发机构→导入”，勾选“信任由此机构标识的网站”。",
                "Settings, Privacy & Security, View Certificates, Authorities, Import; tick: trust this CA to identify websites."
            )
        ),
        (
            Phrase("手机", "Phones"),
            Phrase(
                "安卓：“设置→安全→加密与凭据→安装证书→CA 证书”。苹果：安装描述文件后，在“通用→关于本机→证书信任设置”中开启。",
                "Android: Settings, Security, Encryption & credentials, Install a certificate, CA certificate. iPhone: install the profile, then General, About, Certificate Trust Settings."
            )
        ),
    ]
}

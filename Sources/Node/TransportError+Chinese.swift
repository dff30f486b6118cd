import Transport

extension TransportError {
    /// What went wrong, in Chinese; the transport itself speaks English only.
    var zh: String {
        switch code {
        case .invalidRequest: "地址或请求不合规"
        case .resolve: "找不到该主机名"
        case .unreachable: "连接不上，可能是断网、中心未开或地址有误"
        case .tls: "安全连接失败，证书不受信任或已变更"
        case .pinMismatch: "对方的密钥不是本联盟中心的"
        case .timeout: "超时"
        case .stalled: "线路停滞"
        case .interrupted: "连接中断"
        case .tooLarge: "应答过大"
        case .malformed: "应答不合规"
        case .cancelled, .closed: "已停止"
        case .failed: "传输失败"
        }
    }
}

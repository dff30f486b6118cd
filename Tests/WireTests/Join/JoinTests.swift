import CRDT
import Crypto
import Testing

@testable import Wire

struct JoinTests {
    private let world: World
    private let invitation: Invitation
    private let request: JoinRequest
    private let response: JoinResponse

    init() throws {
        world = try World()
        invitation = Invitation(
            code: [1, 2, 3, 4, 5], secret: [UInt8](6...15), hub: HubFingerprint(of: world.hub.publicKey))
        request = JoinRequest(
            invitation: invitation, key: world.node.publicKey, replica: world.replica, name: "技校·一号机", schema: 4)
        response = JoinResponse(
            hubKey: world.hub.publicKey, epoch: world.epoch, member: world.school, node: RowID(rawValue: 9),
            secretariat: world.secretariat, alliance: "联盟", memberName: "学校", hubTime: 1_800_000_000_000)
    }

    @Test func `a request is proved by its code's secret, also after it has travelled`() throws {
        let back = try JoinRequest(bytes: request.bytes)
        #expect(back.isProved(by: invitation.secret) && !back.isProved(by: [UInt8](7...16)))
        #expect(
            back.code == invitation.code && back.replica == world.replica && back.name == "技校·一号机" && back.schema == 4)
        #expect(back.key.rawRepresentation == world.node.publicKey.rawRepresentation)
    }

    @Test func `everything in a request is proved`() throws {
        let other = [UInt8](world.hub.publicKey.rawRepresentation)
        let changes = [
            Proto().bytes(2, [1, 2, 3, 4, 6]), Proto().bytes(3, other), Proto().fixed(4, 1), Proto().text(5, "x"),
            Proto().varint(7, 5), Proto().bytes(6, [UInt8](repeating: 0, count: 32)),
        ]
        for change in changes {
            #expect(try !JoinRequest(bytes: request.bytes + change.bytes).isProved(by: invitation.secret))
        }
    }

    @Test func `a request with a fault is refused`() {
        let faults: [(WireError.Code, String, Proto)] = [
            (.version, "2", Proto().varint(1, 2)), (.malformed, "code or proof", Proto().bytes(2, [1])),
            (.malformed, "code or proof", Proto().bytes(6, [1])), (.malformed, "key", Proto().bytes(3, [1])),
            (.limit, "nameSize", Proto().text(5, String(repeating: "x", count: 257))),
            (.limit, "bytes", Proto().text(5, String(repeating: "x", count: 1024))),
            (.malformed, "not a message", Proto().bytes(5, [0xFF])),
        ]
        for (code, part, more) in faults {
            let bytes = request.bytes + more.bytes
            expect(code, part) { () throws(WireError) in try JoinRequest(bytes: bytes) }
        }
    }

    private func read(_ bytes: [UInt8], to other: [UInt8]? = nil, pin: [UInt8]? = nil) throws(WireError) -> JoinResponse
    {
        try JoinResponse(bytes: bytes, to: other ?? request.bytes, pin: pin ?? invitation.pin)
    }

    @Test func `the answer of the pinned hub to this request is taken`() throws {
        let back = try read(response.bytes(to: request.bytes, key: world.hub))
        #expect(back.member == world.school && back.node == response.node && back.secretariat == world.secretariat)
        #expect(back.alliance == "联盟" && back.memberName == "学校" && back.epoch == world.epoch)
        #expect(back.hubTime == response.hubTime)
    }

    @Test func `another request, hub, pin or signer is not`() throws {
        let bytes = try response.bytes(to: request.bytes, key: world.hub)
        var pin = invitation.pin
        pin[9] ^= 1
        let (flipped, unsigned) = (pin, response)
        expect(.signature, "invitation names") { () throws(WireError) in try read(bytes, pin: flipped) }
        expect(.signature, "invitation names") { () throws(WireError) in try read(bytes, pin: []) }
        expect(.signature, "not signed") { () throws(WireError) in try read(bytes, to: request.bytes + [0]) }
        let forged = try unsigned.bytes(to: request.bytes, key: world.node)
        expect(.signature, "not signed") { () throws(WireError) in try read(forged) }
        var impostor = response
        impostor.hubKey = world.node.publicKey
        let foreign = try impostor.bytes(to: request.bytes, key: world.node)
        expect(.signature, "invitation names") { () throws(WireError) in try read(foreign) }
    }

    @Test func `no flipped byte of the answer is taken`() throws {
        let bytes = try response.bytes(to: request.bytes, key: world.hub)
        for index in bytes.indices {
            var changed = bytes
            changed[index] ^= 1
            #expect((try? read(changed)) == nil, "byte \(index)")
        }
    }

    @Test func `an answer with a fault is refused`() throws {
        let bytes = try response.bytes(to: request.bytes, key: world.hub)
        let faults: [(WireError.Code, String, Proto)] = [
            (.version, "2", Proto().varint(1, 2)), (.malformed, "key or id", Proto().bytes(2, [1])),
            (.malformed, "key or id", Proto().bytes(4, [1])), (.malformed, "key or id", Proto().bytes(5, [1])),
            (.malformed, "key or id", Proto().bytes(6, [1])), (.signature, "not signed", Proto().varint(99, 1)),
            (.limit, "bytes", Proto().text(7, String(repeating: "x", count: 4096))),
        ]
        for (code, part, more) in faults {
            expect(code, part) { () throws(WireError) in try read(bytes + more.bytes) }
        }
        var late = response
        late.hubTime = .max
        let signed = try late.bytes(to: request.bytes, key: world.hub)
        expect(.malformed, "hub time") { () throws(WireError) in try read(signed) }
    }
}

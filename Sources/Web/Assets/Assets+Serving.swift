public import Hummingbird
import HTTPTypes
import NIOCore
public import Serving

extension Assets {
    /// Serves the files, with an ETag, to be kept for a year: a new program has new addresses.
    public func route(_ router: Router<ServingContext>) {
        router.get("/assets/:version/:name") { request, context in
            guard let file = self[try context.parameters.require("name")] else { throw HTTPError(.notFound) }
            let isCurrent = try context.parameters.require("version") == version
            var fields: HTTPFields = [
                .eTag: file.tag, .vary: "Accept-Encoding",
                .cacheControl: isCurrent ? "public, max-age=31536000, immutable" : "no-cache",
            ]
            if request.headers[.ifNoneMatch] == file.tag { return Response(status: .notModified, headers: fields) }
            fields[.contentType] = file.type
            guard Gzip.isAccepted(request.headers[.acceptEncoding]), !file.packed.isEmpty else {
                return Response(status: .ok, headers: fields, body: .init(byteBuffer: ByteBuffer(bytes: file.bytes)))
            }
            fields[.contentEncoding] = "gzip"
            return Response(status: .ok, headers: fields, body: .init(byteBuffer: ByteBuffer(bytes: file.packed)))
        }
    }
}

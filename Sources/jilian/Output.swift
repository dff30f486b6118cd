import Alliance
import Foundation
import Replica

/// How results and refusals leave the program: text for people, JSON for programs.
enum Output {
    /// Prints a line at once, also into a pipe.
    static func line(_ text: String) {
        FileHandle.standardOutput.write(Data((text + "\n").utf8))
    }

    static func note(_ text: String) {
        FileHandle.standardError.write(Data((text + "\n").utf8))
    }

    /// Prints a result: as JSON, or as the text that `text` makes of it.
    static func result(_ json: JSON, asJSON: Bool, _ text: () -> String) {
        line(asJSON ? json.serialised() : text())
    }

    /// Ends the process with a refusal.
    static func fail(_ error: CommandError, json: Bool) -> Never {
        if json {
            line(error.json.serialised())
        } else {
            note(error.phrase.zh == error.phrase.en ? error.phrase.zh : "\(error.phrase.zh)\n\(error.phrase.en)")
            for detail in error.details.prefix(20) { note("  " + detail.serialised()) }
        }
        exit(error.kind.rawValue)
    }

    /// Progress of long work, on a terminal only.
    static func progress(_ text: String) {
        guard isatty(2) == 1 else { return }
        FileHandle.standardError.write(Data("\r\u{1B}[K\(text)".utf8))
    }

    static func endProgress() {
        if isatty(2) == 1 { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
    }

    /// A number; `—` for none.
    static func number(_ json: JSON?) -> String {
        if case .number(let value)? = json { "\(value)" } else { "—" }
    }

    /// A wall time as people here read it; `—` for never.
    static func time(_ milliseconds: JSON?) -> String {
        guard case .number(let number)? = milliseconds, number > 0 else { return "—" }
        return ChinaTime.text(milliseconds: number / 1000 * 1000)
    }
}

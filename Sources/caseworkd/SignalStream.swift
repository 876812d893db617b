import Dispatch
import Glibc

/// Turns signals of the system into something to wait for.
final class SignalStream {
    private let stream: AsyncStream<Int32>
    /// They stop when they are let go.
    private let sources: [any DispatchSourceSignal]

    init(_ signals: [Int32]) {
        let (stream, continuation) = AsyncStream.makeStream(of: Int32.self)
        self.stream = stream
        sources = signals.map { number in
            // Without this the signal's own effect, the end of the process, would come first.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { continuation.yield(number) }
            source.resume()
            return source
        }
    }

    /// Waits for the next signal.
    func next() async -> Int32 {
        for await number in stream { return number }
        // Nobody ends the stream but the cancellation of who waits.
        return SIGTERM
    }
}

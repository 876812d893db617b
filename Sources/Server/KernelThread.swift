import Foundation
import Kernel
import Logging
import NIOCore
import PluginHost
import Store
import Synchronization

typealias ServerKernel = Kernel<SQLiteStore, PluginHost>

/// Runs the kernel on a thread of its own: takes what has come in, gives it to the kernel, ends the turn, sleeps until
/// the next input or timer. The kernel is touched by no other thread.
final class KernelThread: Sendable {
    enum Letter: Sendable {
        case input(KernelInput)
        /// A caller's input, dropped unseen when the caller has stopped waiting before it is taken up.
        case call(KernelInput, deadline: NIODeadline?)
        /// Answered when nothing more happens by itself before the clock moves on.
        case quiet(@Sendable () -> Void)
        case stop
    }

    private let mailbox: Mailbox<Letter>
    private let clock: ServerClock
    private let board: StatusBoard
    private let logger: Logger
    private let halt: @Sendable (Breach) -> Never
    private let ended = DispatchSemaphore(value: 0)

    /// - Parameters:
    ///   - mailbox: into which the store and the plugin host deliver, too.
    ///   - halt: ends the process when the kernel can no longer be trusted; what is durable stays.
    init(
        mailbox: Mailbox<Letter>, clock: ServerClock, board: StatusBoard, logger: Logger,
        halt: @escaping @Sendable (Breach) -> Never
    ) {
        self.mailbox = mailbox
        self.clock = clock
        self.board = board
        self.logger = logger
        self.halt = halt
    }

    /// - Parameter kernel: handed over; its maker must not touch it again.
    func start(_ kernel: sending ServerKernel) {
        // The thread's block is the only one that holds the kernel from here on.
        nonisolated(unsafe) let kernel = kernel
        let thread = Thread { [self] in
            run(kernel)
            ended.signal()
        }
        thread.name = "kernel"
        thread.stackSize = 8 << 20
        // A first turn, which looks for timers that ran out while nobody was there.
        post(.wake)
        thread.start()
    }

    func post(_ input: KernelInput) { mailbox.post(.input(input)) }

    func submit(_ input: KernelInput, deadline: NIODeadline?) { mailbox.post(.call(input, deadline: deadline)) }

    func whenQuiet(_ reply: @escaping @Sendable () -> Void) { mailbox.post(.quiet(reply)) }

    /// Ends the thread after the turn it is in, and waits for that. What is asked afterwards is not answered.
    func stop() {
        mailbox.post(.stop)
        ended.wait()
    }

    private func run(_ kernel: ServerKernel) {
        var waiting: [@Sendable () -> Void] = []
        var isRunning = true
        func open(_ letter: Letter) {
            switch letter {
            case .input(let input): kernel.receive(input, now: clock.now)
            case .call(let input, let deadline):
                if let deadline, deadline < .now() { return }
                kernel.receive(input, now: clock.now)
            case .quiet(let reply): waiting.append(reply)
            case .stop: isRunning = false
            }
        }
        while isRunning {
            let letters = mailbox.take(waitingAtMost: kernel.nextWake.map { $0.milliseconds - clock.now.milliseconds })
            for letter in letters {
                // When the store is free again, the next batch must not wait behind what else has come.
                for urgent in mailbox.takeUrgent() { open(urgent) }
                open(letter)
            }
            kernel.turn(now: clock.now)
            if let breach = kernel.breach { halt(breach) }
            for notice in kernel.takeNotices() { tell(notice) }
            let condition: StatusBoard.Condition = kernel.isDown ? .down : kernel.isReadOnly ? .full : .serving
            if condition != board.status.condition { tell(condition) }
            board.update(kernel.statistics, lastPosition: kernel.lastPosition, condition: condition)
            if !waiting.isEmpty, kernel.isQuiet {
                for reply in waiting { reply() }
                waiting = []
            }
        }
        for reply in waiting { reply() }
    }

    private func tell(_ condition: StatusBoard.Condition) {
        switch condition {
        case .serving: logger.notice("the server takes commands again")
        case .full: logger.error("the store is full: the server takes no command until its disk has room")
        case .down: logger.error("the store cannot be read: the server takes no command")
        }
    }

    private func tell(_ notice: Notice) {
        var metadata: Logger.Metadata = ["why": "\(notice.why)"]
        if let id = notice.caseID { metadata["case"] = "\(id)" }
        let what: Logger.Message =
            notice.caseID == nil ? "the store cannot be read" : "a case stands still until somebody helps"
        logger.error(what, metadata: metadata)
    }
}

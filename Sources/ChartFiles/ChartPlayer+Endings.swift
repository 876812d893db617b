public import ChartAnalysis
import Statechart

extension ChartPlayer {
    /// An event that came to nothing: all it led to, own sends included, did not happen.
    public struct Drop: Equatable, Sendable {
        public enum Reason: Equatable, Sendable {
            /// An action refused.
            case refused
            /// An error of this name was taken by no transition.
            case unhandled(String)
        }

        /// Name of the event or id of the timer; empty for the start.
        public var event: String
        /// Milliseconds of virtual time.
        public var moment: Int64
        public var reason: Reason

        /// What happened and what to do, for a person.
        public var sentence: Sentence {
            let what =
                event.isEmpty
                ? Sentence("启动已作废", "its start came to nothing")
                : Sentence(
                    "事件“\(event)”（第 \(moment) 毫秒）已作废，什么也没有改变",
                    "the event “\(event)” after \(moment) ms came to nothing and changed nothing")
            return Sentence("\(what.zh)：\(advice.zh)", "\(what.en): \(advice.en)")
        }

        private var advice: Sentence {
            switch reason {
            case .refused:
                Sentence(
                    "有一个动作拒绝办理。请让该动作完成，或加一个条件使它不被执行；--trace 显示走到何处",
                    "an action refused; let the action be done, or add a guard that keeps the chart from it, "
                        + "--trace shows how far it came")
            case .unhandled(let error):
                Sentence(
                    "没有转换接收 \(error)（表达式、条件或动作出错时产生）。请改正出错之处，或加一个接收它的转换；--trace 显示走到何处",
                    "no transition takes \(error), which a failing expression, guard or action raises; correct what "
                        + "fails, or add a transition that takes it, --trace shows how far it came")
            }
        }
    }

    /// Why playing ended before its time.
    public enum Failure: Equatable, Sendable {
        /// The start came to nothing, so that there is no chart to send anything to.
        case neverBegins(Drop)
        /// One event led to more microsteps or steps of content than `ChartLimits` allows.
        case turnsForEver
        /// What the chart sends itself, and its timers, follow each other without end.
        case keepsItselfBusy
        /// More timers and delayed sends wait than `Agenda` takes.
        case waitsForTooMuch

        /// What happened and what to do, for a person.
        public var sentence: Sentence {
            switch self {
            case .neverBegins(let drop): drop.sentence
            case .turnsForEver:
                Sentence(
                    "一个事件引起的转换超过 \(ChartLimits.microsteps) 次（或内容超过 \(ChartLimits.contentSteps) 步）仍停不下来。"
                        + "chart check 会指出死循环（C308）；--trace 显示停在何处",
                    "one event led to more than \(ChartLimits.microsteps) microsteps, or \(ChartLimits.contentSteps) "
                        + "steps of content, without rest; chart check names endless loops (C308), "
                        + "--trace shows where it was")
            case .keepsItselfBusy:
                Sentence(
                    "它发给自己的事件和时限接连不断。请延长延时，或加一个能停下来的条件；--trace 显示停在何处",
                    "what it sends itself, or its timers, never let it rest; lengthen the delays or add a condition "
                        + "that ends it, --trace shows where it was")
            case .waitsForTooMuch:
                Sentence(
                    "等候中的时限和延时事件超过 \(Agenda.entryLimit) 个，或所带数据超过 \(Agenda.byteLimit) 字节。"
                        + "请用 cancel 取消不再需要的，或少发、少带数据；--trace 显示停在何处",
                    "more than \(Agenda.entryLimit) timers and delayed sends wait, or they carry more than "
                        + "\(Agenda.byteLimit) bytes; cancel those no longer wanted, send fewer or with less data, "
                        + "--trace shows where it was")
            }
        }
    }
}

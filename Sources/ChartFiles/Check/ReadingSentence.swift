/// What the readers say, in Chinese. They speak English where they stand; here each of their sentences has its other
/// half, `{}` standing for what it names.
enum ReadingSentence {
    /// The Chinese of a reader's message; nil for one that has none.
    static func known(_ message: String) -> String? {
        for pattern in patterns {
            guard let parts = pattern.match(message) else { continue }
            var text = ""
            for (offset, piece) in pattern.chinese.enumerated() {
                if offset > 0, offset <= parts.count { text += translated(parts[offset - 1]) }
                text += piece
            }
            return text
        }
        return nil
    }

    /// The Chinese, or the message as it stands.
    static func zh(_ message: String) -> String { known(message) ?? message }

    /// A part may be a sentence of its own, or a word.
    private static func translated(_ part: String) -> String {
        words[part] ?? (part.contains(" ") ? known(part) : nil) ?? part
    }

    /// Both halves of a sentence, cut at what they name.
    private struct Pattern: Sendable {
        let english: [String]
        let chinese: [String]

        init(_ english: String, _ chinese: String) {
            self.english = Pattern.cut(english)
            self.chinese = Pattern.cut(chinese)
        }

        private static func cut(_ text: String) -> [String] {
            var pieces = [""]
            for character in text where character != "}" {
                if character == "{" {
                    pieces.append("")
                } else {
                    pieces[pieces.count - 1].append(character)
                }
            }
            return pieces
        }

        /// What stands where the sentence names something, or nil where the text is another.
        func match(_ text: String) -> [String]? {
            guard let first = english.first, let last = english.last, text.hasPrefix(first), text.hasSuffix(last) else {
                return nil
            }
            guard english.count > 1 else { return text == first ? [] : nil }
            guard text.utf8.count >= first.utf8.count + last.utf8.count else { return nil }
            var rest = text.dropFirst(first.count).dropLast(last.count)
            var parts: [String] = []
            for piece in english.dropFirst().dropLast() {
                guard let range = rest.firstRange(of: piece) else { return nil }
                parts.append(String(rest[..<range.lowerBound]))
                rest = rest[range.upperBound...]
            }
            return parts + [String(rest)]
        }
    }

    private static let words = [
        "null": "空值", "true or false": "true 或 false", "a number": "数字", "a text": "文字", "a list": "列表", "a map": "映射",
        "a single value": "单个值", "an alias": "别名", "a value": "一个值", "the end": "结尾",
        "an operator or the end": "运算符或结尾", "the path of a state in quotes": "引号中的状态路径",
        "a final state": "final 状态", "a history": "历史状态", "a state without states of its own": "没有内层的状态",
        "a state with states inside": "有内层的状态", "an element": "一个元素", "a name": "一个名称",
        "a value in quotes": "引号中的值", "a key in quotes": "引号中的键", "the end of the text": "文字的结尾",
        "the end of the document": "文件的结尾", "leave it out": "请去掉",
        "leave it out, variables have their first value from the start": "请去掉，变量从一开始就有初值",
        "leave it out, events go to the case itself": "请去掉，事件只发给本案",
        "declare them at the top of the chart": "请写在流程图的最上层",
        "write send and the event's name": "请写 send 和事件名", "write cancel and the id": "请写 cancel 和标识",
        "write id": "请写 id",
    ]

    /// The first that fits counts, so the narrower stand before the wider.
    private static let patterns: [Pattern] = (sentences + form + names + limits + expressions + markup).map(
        Pattern.init)

    private static let sentences: [(String, String)] = [
        ("/{}: {}", "/{}：{}"), ("at column {}: {}", "表达式第 {} 列：{}"), ("JSON, byte {}: {}", "JSON 第 {} 字节：{}"),
        ("XML: {}", "XML：{}"),
        ("YAML: the key {} stands twice", "YAML：键 {} 出现两次"), ("YAML: the text cannot be read", "YAML：无法读取"),
        ("YAML: {}", "YAML 书写有误：{}"),
    ]

    private static let form: [(String, String)] = [
        ("the file is empty", "文件是空的"), ("label: {} is missing", "label 缺少 {}"), ("{} is missing", "缺少 {}"),
        ("wait is missing: the pause between tries", "缺少 wait：两次尝试之间的间隔"),
        ("{} belongs to attempts", "{} 只能与 attempts 同用"),
        ("attempts: expected 2 to 1000; a job without attempts is tried once", "attempts：应为 2 至 1000；不写则只试一次"),
        ("{}: expected ms, s, m or h, more than none", "{}：应为大于零的 ms、s、m 或 h"),
        ("expected UTF-8, found the byte 0x{}", "应为 UTF-8 编码，却有字节 0x{}"),
        ("unknown key {}; known here: {}", "未知的键 {}；此处可用：{}"),
        ("{} exists only in charts imported from SCXML: {}", "{} 只用于由 SCXML 导入的流程图：{}"),
        ("the id stands before the colon; leave this one out", "标识写在冒号前；请去掉这一个"),
        ("expected a map from id to description, found {}", "此处应为“标识: 说明”的映射，却是{}"),
        ("expected a map, found {}", "此处应为映射，却是{}"), ("expected a list, found {}", "此处应为列表，却是{}"),
        ("{}: expected a text, found {}", "{}：应为文字，却是{}"), ("{}: expected a list, found {}", "{}：应为列表，却是{}"),
        ("{}: expected true or false, found {}", "{}：应为 true 或 false，却是{}"),
        ("expected an action's name or a map, found {}", "此处应为动作名称或映射，却是{}"),
        ("{}: expected a text of 1 to {} bytes", "{}：应为 1 至 {} 字节的文字"),
        ("{}: expected 1 to {} bytes", "{}：应为 1 至 {} 字节"),
        ("{}: expected a map from name to label", "{}：应为“名称: { label: … }”的映射"),
        ("label: expected a map from language to text", "label：应为“语言: 文字”的映射"),
        ("label: expected a text", "label：应为文字"),
        ("{}: expected a duration such as 30s, 72h, 90d, 5wd or 6mo, found {}", "{}：应为时长，如 30s、72h、90d、5wd、6mo，却是 {}"),
        ("delay: expected ms, s, m or h; days are for timers", "delay：只用 ms、s、m、h；按天计的用时限"),
        ("delay: expected a time such as 1.5s or 200ms, found {}", "delay：应为时间，如 1.5s 或 200ms，却是 {}"),
        ("firstDay: expected counted, or no such key", "firstDay：只可写 counted，或不写"),
        ("firstDay belongs to after", "firstDay 只能与 after 同用"),
        ("history: expected shallow or deep", "history：应为 shallow 或 deep"),
        ("expected only one of event, after and timer", "event、after、timer 只能写一个"),
        ("expected exactly one of {}", "以下各项必须且只能写一个：{}"),
        ("data: expected a map from name to expression", "data：应为“名称: 表达式”的映射"), ("expected an expression", "应为表达式"),
        ("expected a text as key", "键应为文字"), ("expected format: 1", "应为 format: 1"),
        ("expected the dialect scxml, or none", "dialect 只可写 scxml，或不写"),
        ("expected the binding late, or none", "binding 只可写 late，或不写"),
        ("expected a name that ends with .yaml, .json or .scxml", "文件名应以 .yaml、.json 或 .scxml 结尾"),
        ("expected guard, action or event and a name", "每行应为 guard、action 或 event，后跟一个名称"),
        ("a chart needs at least one state", "流程图至少要有一个状态"),
        ("a chart has states; a parallel state goes inside", "流程图顶层用 states；并行状态放在里面"),
        ("the state needs at least one state inside", "此状态里面至少要有一个状态"),
        ("a state is only one of final, history, with states, with regions", "final、history、states、regions 只能取一"),
        ("a region cannot be final", "并行分支不能是 final"), ("a history lies inside a state", "历史状态必须在某个状态里面"),
        ("a history needs a default: to", "历史状态需要默认去处 to"), ("{} has no place in {}", "{} 不能写在{}里"),
        (
            "anchors and aliases are not read; write the value out, or quote the text otherwise",
            "不支持锚点与别名；请写出内容，或给文字加引号"
        ),
        ("the chart cannot be read", "无法读取流程图"),
    ]

    private static let names: [(String, String)] = [
        ("the state {} stands twice", "状态 {} 出现两次"), ("the task {} stands twice", "任务 {} 出现两次"),
        ("the job {} stands twice", "机器任务 {} 出现两次"), ("the timer {} stands twice", "时限 {} 出现两次"),
        ("the variable {} stands twice", "变量 {} 出现两次"),
        ("the attribute {} stands twice", "属性 {} 出现两次"), ("the key {} stands twice", "键 {} 出现两次"),
        ("initial {}: there is no such state inside", "initial {}：里面没有这个状态"),
        ("initial {}: expected a state inside this one", "initial {}：应为里面的状态"),
        ("to {}: expected a state beside the history, or inside one", "to {}：应为与历史状态并列或其内的状态"),
        ("to {}: there is no such state", "to {}：没有这个状态"), ("In('{}'): there is no such state", "In('{}')：没有这个状态"),
        ("{} and {} cannot be active together", "{} 与 {} 不能同时处于活动"), ("there is no variable {}", "没有变量 {}"),
        ("there is no timer {}", "没有时限 {}"), ("there is no function {}", "没有函数 {}"),
        ("id {}: expected letters, digits and '_', first a letter", "标识 {}：只用字母、数字和 _，以字母开头"),
        ("{} {}: expected letters, digits and '_', first a letter", "{} {}：只用字母、数字和 _，以字母开头"),
        ("{}: an action's name has letters, digits and '_', first a letter", "{}：动作名只用字母、数字和 _，以字母开头"),
        (
            "the chart's name has characters other than letters, digits, '-' and '.'",
            "流程图名称只能用字母、数字、- 和 ."
        ),
        ("{}: an event's name has no blank and no '*'", "{}：事件名不能有空格和 *"),
        ("event {}: expected a name, or a name and '.*'", "event {}：应为事件名，或事件名加 .*"),
        ("done: a state without states inside is never done", "done：没有内层的状态不会“完成”"),
        ("{} cannot be the name of a guard", "{} 不能作条件的名称"),
    ]

    private static let limits: [(String, String)] = [
        ("more than {} states, or nested more than {} deep", "状态超过 {} 个，或嵌套超过 {} 层"),
        ("more than {} transitions", "转换超过 {} 条"),
        ("more than {} targets", "去处超过 {} 个"), ("content is nested more than {} deep", "动作内容嵌套超过 {} 层"),
        ("the chart has {} bytes; at most {} are read", "流程图有 {} 字节，最多读取 {} 字节"),
        ("the chart has too many parts", "流程图的内容太多"), ("the file has more than {} bytes", "文件超过 {} 字节"),
        ("the expression has more than {} bytes", "表达式超过 {} 字节"),
        ("the expression is nested more than {} deep", "表达式嵌套超过 {} 层"),
        ("nested more than {} deep", "嵌套超过 {} 层"),
    ]

    private static let expressions: [(String, String)] = [
        ("a character that has no place in an expression", "表达式中不能用的字符"),
        ("the number does not fit into 64 bits", "数字超出 64 位"),
        (
            "+ - * take no text; write it as one text, or let an action put it together",
            "+ - * 不用于文字；请写成一段完整的文字，或由动作拼接"
        ),
        ("the text has no end", "文字没有结束引号"), ("expected {}, found {}", "应为 {}，却是 {}"),
    ]

    private static let markup: [(String, String)] = [
        ("<casework:more>: expected a JSON object", "<casework:more>：应为 JSON 对象"),
        ("<casework:more>: {}", "<casework:more>：{}"),
        ("<{}> says twice what its {} is", "<{}> 把 {} 写了两次"),
        ("{} {} and casework:{} name different states", "{} {} 与 casework:{} 指向不同的状态"),
        ("expected <scxml>, found <{}>", "应为 <scxml>，却是 <{}>"), ("<{}> has no place here", "<{}> 不能用在这里"),
        ("<else> must come last", "<else> 必须在最后"), ("data from elsewhere is not read", "不读取外部数据"),
        ("a document type is not read", "不读取文档类型"), ("an entity nobody declared", "未声明的实体"),
        ("a character that does not exist", "不存在的字符"), ("a control character in a text must be escaped", "文字中的控制字符须转义"),
        ("half a surrogate pair", "不完整的代理对"), ("the text is not UTF-8", "文字不是 UTF-8"), ("unknown escape", "未知的转义"),
        ("expected four hexadecimal digits", "应为四位十六进制数"), ("expected an integer of 64 bits", "应为 64 位整数"),
        ("expected an integer; charts have no fractions", "应为整数；流程图不用小数"), ("a number written too long", "数字太长"),
        ("the value of {} has no end", "{} 的值没有结束"), ("expected the end of {}", "应为 {} 的结尾"), ("expected {}", "应为 {}"),
    ]
}

import Statechart

// All codes, in the order of their numbers. 1 reading, 2 ways through the chart, 3 transitions, 4 events, 5 owners,
// 6 names, 7 sources and labels, 8 new versions.

extension ChartFinding.Code {
    private static func error(_ name: String, _ title: Sentence, _ advice: Sentence) -> Self {
        Self(name: name, severity: .error, title: title, advice: advice)
    }

    private static func warning(_ name: String, _ title: Sentence, _ advice: Sentence) -> Self {
        Self(name: name, severity: .warning, title: title, advice: advice)
    }

    // MARK: Reading

    public static let syntax = error(
        "C101", Sentence("不是有效的文件", "not a well-formed file"),
        Sentence("改正此处的书写", "mend the writing at this place"))
    public static let limit = error(
        "C102", Sentence("超过上限", "a limit is passed"),
        Sentence("拆小流程图，或减少此处的内容", "make the chart smaller, or what stands here"))
    public static let unknownKey = error(
        "C103", Sentence("未知的键", "unknown key"),
        Sentence("改成句中列出的键，或删去", "write one of the keys named, or leave it out"))
    public static let missing = error(
        "C104", Sentence("缺少必需内容", "something required is missing"), Sentence("补上", "add it"))
    public static let invalid = error(
        "C105", Sentence("取值不对", "a value of the wrong kind"), Sentence("按句中的要求改写", "write what is expected here"))
    public static let duplicate = error(
        "C106", Sentence("重复的标识", "an id stands twice"), Sentence("换一个标识", "choose another id"))
    public static let unknownName = error(
        "C107", Sentence("所指不存在", "a target or name that does not exist"),
        Sentence("检查拼写与所在层级，绝对路径以 / 开头", "check spelling and level; an absolute path begins with /"))
    public static let expression = error(
        "C108", Sentence("表达式有误", "an expression that cannot be read"), Sentence("改正表达式", "mend the expression"))

    // MARK: Ways

    public static let unreachable = error(
        "C201", Sentence("无法到达的状态", "a state nothing leads to"),
        Sentence("加一条到这里的转换，或删去此状态", "add a transition to it, or remove the state"))
    public static let noEnd = error(
        "C202", Sentence("走不到结束", "no way to an end"),
        Sentence("加一条通向结束状态（final 或 settled）的转换", "add a way to a state that is final or settled"))
    public static let deadEnd = error(
        "C203", Sentence("死路", "dead end"),
        Sentence("加一条离开的转换，或标为 final: true 或 settled: true", "add a way out, or mark it final: true or settled: true"))

    // MARK: Transitions

    public static let shadowed = error(
        "C301", Sentence("永远轮不到的转换", "a transition that is never taken"),
        Sentence("把它移到前面，或给前面的加条件，或删去", "move it up, give the other one a condition, or remove it"))
    public static let overlapping = warning(
        "C302", Sentence("条件可能同时成立", "conditions that may hold together"),
        Sentence("若不是有意靠先后取舍，把前一个条件的否定写进后一个", "unless the order is meant to decide, add the negation of the first"))
    public static let conflictingRegions = warning(
        "C303", Sentence("并行分支争用同一事件", "regions contend for an event"),
        Sentence("给两个分支用不同的事件，或把转换移到外层", "give each region its own event, or move the transition outwards"))
    public static let neverTrue = error(
        "C304", Sentence("条件永远不成立", "a condition that never holds"),
        Sentence("改正条件，或删去转换", "mend the condition, or remove it"))
    public static let neverDone = error(
        "C305", Sentence("永远等不到完成", "completion never comes"),
        Sentence("在里面（每个并行分支里）放一个可到达的 final 状态", "put a final state inside that can be reached, in each region"))
    public static let choiceWithoutElse = error(
        "C306", Sentence("选择缺少兜底", "a choice without else"),
        Sentence("最后加一条不带条件的转换", "add a last transition without condition"))
    public static let doneWithoutElse = error(
        "C307", Sentence("带条件的 done 缺少兜底", "a guarded done without else"),
        Sentence("最后加一条不带条件的 done", "add a last done without condition"))
    public static let endless = error(
        "C308", Sentence("不等外界的死循环", "an endless cycle that waits for nothing"),
        Sentence("让循环等一个事件或时限，或让某个动作改变条件", "let it wait for an event or a time, or change what its conditions ask"))

    // MARK: Events

    public static let unhandled = error(
        "C401", Sentence("发出的事件无人处理", "an event raised that nothing takes"),
        Sentence("检查事件名的拼写，或加一条处理它的转换", "check the spelling, or add a transition that takes it"))
    public static let undeclared = warning(
        "C402", Sentence("处理的事件无人发出", "an event taken that nobody sends"),
        Sentence(
            "加 by，或改正事件名；若由插件动作发出，在 --names 文件里写 event 名称", "add by, mend the name, or list it as an event in --names"))
    public static let roleless = error(
        "C403", Sentence("此处无人有权发送该事件", "an event no role may send here"), Sentence("补上 by", "add by"))
    public static let pointlessBy = error(
        "C404", Sentence("by 用在无人发送的地方", "roles on what nobody sends"),
        Sentence("删去 by 与 distinctFrom", "remove by and distinctFrom"))
    public static let unknownHands = warning(
        "C405", Sentence("distinctFrom 所指事件无人发送", "distinctFrom names what nobody sends"),
        Sentence("检查事件名；只有上级或下级案件的事件才可不在本图中", "check the name; only a parent's or child's event may be absent here"))
    public static let neverCancelled = warning(
        "C406", Sentence("延时发送从不取消", "a delayed send that nothing cancels"),
        Sentence("给它 id 并在离开时 cancel，或改用状态的 after", "give it an id and cancel it on exit, or use after of the state"))
    public static let unheardTimer = error(
        "C407", Sentence("时限到了无人处理", "a timer whose end nothing takes"),
        Sentence("加一条 timer: 转换，或删去时限", "add a transition with timer:, or remove the timer"))
    public static let unstartedTimer = warning(
        "C408", Sentence("时限从不启动", "a timer that nothing starts"),
        Sentence("在适当处加 start", "add a start where it begins"))
    public static let unstoppedTimer = warning(
        "C409", Sentence("时限从不停止", "a timer that nothing stops"),
        Sentence("不再需要时加 stop；只属于一个状态的改用 after", "add a stop where it ends, or use after if it belongs to one state"))
    public static let notItsOwn = error(
        "C410", Sentence("代服务端发出的事件", "an event that only the server sends"),
        Sentence("换一个事件名", "choose another name for the event"))

    // MARK: Owners

    public static let ownerless = error(
        "C501", Sentence("等待中无人负责", "waits without owner"),
        Sentence("加 tasks（谁办、几天）或 after 时限，或标为 settled: true", "add tasks or an after, or mark it settled: true"))
    public static let powerless = warning(
        "C502", Sentence("承办角色无事可办", "a task whose role can do nothing"),
        Sentence("在这里的某条转换的 by 中写上该角色", "name the role in by of a transition here"))

    // MARK: Names

    public static let unimplemented = error(
        "C601", Sentence("名称没有实现", "a name nobody wrote"),
        Sentence("在插件中实现，或改正拼写", "write it in the plugin, or mend the spelling"))
    public static let unused = warning(
        "C602", Sentence("实现了却没有用到", "written but never asked"),
        Sentence("从插件中删去，或在流程图中用上", "remove it from the plugin, or use it"))

    // MARK: Sources and labels

    public static let sourceless = warning(
        "C701", Sentence("缺少依据", "no source"),
        Sentence("加 source：文件、条款与 domain 标记", "add source: document, article and mark"))
    public static let unlabelled = warning(
        "C702", Sentence("缺少名称", "no label"), Sentence("加 label: { zh: …, en: … }", "add label: { zh: …, en: … }"))
    public static let idleLabel = warning(
        "C703", Sentence("名称没有所指", "a label of what is not there"),
        Sentence("改正名称的拼写，或删去", "mend the spelling of the name, or remove it"))

    // MARK: New versions

    public static let stateGone = error(
        "C801", Sentence("在办状态被删去", "a live state is gone"),
        Sentence("保留它，或在迁移的状态对照中写明去处", "keep it, or say in the migration's state map where its cases go"))
    public static let stateRenamed = error(
        "C802", Sentence("在办状态改了名", "a live state has another id"),
        Sentence("改 label 而保留 id，或写进迁移的状态对照", "change the label and keep the id, or put it into the state map"))
    public static let stateMoved = error(
        "C803", Sentence("在办状态换了位置", "a live state lies elsewhere"),
        Sentence("保留原位，或写进迁移的状态对照", "keep its place, or put it into the state map"))
    public static let stateChanged = error(
        "C804", Sentence("在办状态换了种类", "a live state of another kind"),
        Sentence("另立新状态，或在迁移中写明对应的内层状态", "make a new state, or say in the migration where inside its cases are"))
    public static let timerChanged = error(
        "C805", Sentence("走动中的时限有变", "a running timer differs"),
        Sentence("在迁移中写明已开始的时限如何计算", "say in the migration how timers already running are counted"))
    public static let variableGone = error(
        "C806", Sentence("变量被删去", "a variable is gone"),
        Sentence("保留它，或在迁移中写明取舍", "keep it, or say in the migration what becomes of it"))
    public static let historyChanged = error(
        "C807", Sentence("历史记录位有变", "a history differs"),
        Sentence("保留它，或在迁移中写明默认去处", "keep it, or let the migration use its default"))
    public static let regionAdded = error(
        "C808", Sentence("在办并行状态多了区域", "a live parallel state has another region"),
        Sentence(
            "放进新的并行状态，或在迁移中写明案件在新区域里的状态",
            "make a new parallel state, or say in the migration where in the region its cases are"))

    /// Every code there is, ascending.
    public static let all: [Self] = [
        syntax, limit, unknownKey, missing, invalid, duplicate, unknownName, expression,
        unreachable, noEnd, deadEnd,
        shadowed, overlapping, conflictingRegions, neverTrue, neverDone, choiceWithoutElse, doneWithoutElse, endless,
        unhandled, undeclared, roleless, pointlessBy, unknownHands, neverCancelled, unheardTimer, unstartedTimer,
        unstoppedTimer, notItsOwn,
        ownerless, powerless, unimplemented, unused, sourceless, unlabelled, idleLabel,
        stateGone, stateRenamed, stateMoved, stateChanged, timerChanged, variableGone, historyChanged,
        regionAdded,
    ]
}

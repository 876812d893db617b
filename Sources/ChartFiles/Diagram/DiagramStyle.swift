/// Which colours a picture has.
public enum DiagramTheme: String, Sendable, CaseIterable {
    /// As the reader's system prefers.
    case auto
    case light, dark
}

/// Colours for one theme.
struct DiagramPalette {
    var paper: String
    var text: String
    var muted: String
    var condition: String
    var line: String
    var box: (fill: String, stroke: String)
    /// Fills of boxes around others, by depth.
    var containers: [String]
    var containerStroke: String
    var lit: (fill: String, stroke: String, text: String)
    var litContainer: String
    var settled: String

    static let light = DiagramPalette(
        paper: "#ffffff", text: "#1c2733", muted: "#5d6a79", condition: "#35618f", line: "#61708a",
        box: ("#ffffff", "#7d8b9d"), containers: ["#f6f8fa", "#edf1f5", "#e4e9ef"], containerStroke: "#b3becb",
        lit: ("#ffe7a3", "#c98500", "#4a3200"), litContainer: "#dba53a", settled: "#3f8f5f")

    static let dark = DiagramPalette(
        paper: "#12161c", text: "#e7ecf3", muted: "#9ba8b8", condition: "#8db8e6", line: "#8796ab",
        box: ("#252d38", "#66758a"), containers: ["#181e26", "#1e252f", "#252d39"], containerStroke: "#414d5e",
        lit: ("#6b4d05", "#f5bd45", "#fff3d1"), litContainer: "#a9822d", settled: "#6cc08b")
}

/// The style sheet of a picture. Colours stand in every rule: not every viewer knows variables.
enum DiagramStyle {
    static let fonts =
        "\"Noto Sans\",\"Noto Sans SC\",\"Noto Sans CJK SC\",\"Source Han Sans SC\",\"PingFang SC\","
        + "\"Microsoft YaHei\",\"Helvetica Neue\",Arial,\"WenQuanYi Micro Hei\",sans-serif"

    static func sheet(_ theme: DiagramTheme) -> String {
        switch theme {
        case .light: shapes + colours(.light)
        case .dark: shapes + colours(.dark)
        case .auto:
            shapes + colours(.light) + "@media (prefers-color-scheme: dark) {\n" + colours(.dark) + "}\n"
        }
    }

    private static var shapes: String {
        var rules = "text { font-family: \(fonts); }\n"
        for style in TextStyle.allCases {
            let weight = style.isBold ? " font-weight: 600;" : ""
            rules += ".\(style.rawValue) { font-size: \(style.size)px;\(weight) }\n"
        }
        return rules + """
            .hi { font-size: 12px; font-weight: 600; text-anchor: middle; }
            .box, .in { stroke-width: 1.3; }
            .con { stroke-width: 1.1; }
            .on { stroke-width: 2.2; }
            .sep { stroke-width: 1.2; stroke-dasharray: 6 5; fill: none; }
            .rule { stroke-width: 1; }
            .ln { fill: none; stroke-width: 1.4; stroke-linejoin: round; }
            .ic { fill: none; stroke-width: 1.3; stroke-linecap: round; stroke-linejoin: round; }

            """
    }

    private static func colours(_ palette: DiagramPalette) -> String {
        var rules = """
            .paper { fill: \(palette.paper); }
            text { fill: \(palette.text); }
            .de, .se, .cn { fill: \(palette.muted); }
            .co { fill: \(palette.condition); }
            .box { fill: \(palette.box.fill); stroke: \(palette.box.stroke); }
            .in { fill: none; stroke: \(palette.box.stroke); }
            .con { stroke: \(palette.containerStroke); }
            .reg { fill: none; stroke: none; }
            .sep, .rule { stroke: \(palette.box.stroke); }
            .ln { stroke: \(palette.line); }
            .ar { fill: \(palette.line); }
            .dot { fill: \(palette.text); }
            .ic { stroke: \(palette.muted); }
            .ok { stroke: \(palette.settled); }

            """
        for (depth, fill) in palette.containers.enumerated() { rules += ".c\(depth) { fill: \(fill); }\n" }
        return rules + """
            .box.on { fill: \(palette.lit.fill); stroke: \(palette.lit.stroke); }
            .in.on { stroke: \(palette.lit.stroke); stroke-width: 1.3; }
            .con.on { stroke: \(palette.litContainer); stroke-width: 1.8; }
            text.lit { fill: \(palette.lit.text); }

            """
    }
}

/// How text is set: its size decides how wide it is, its name is the class in the style sheet.
enum TextStyle: String, CaseIterable {
    case chartTitle = "ct", chartNote = "cn", title = "ti", task = "ta", detail = "de", event = "ev"
    case condition = "co", sender = "se"

    /// Pixels.
    var size: Int {
        switch self {
        case .chartTitle: 22
        case .title: 14
        case .chartNote, .task, .event: 12
        case .detail, .condition, .sender: 11
        }
    }

    var isBold: Bool { self == .chartTitle || self == .title || self == .event }

    /// From one baseline to the next, pixels.
    var lineHeight: Int {
        switch self {
        case .chartTitle: 30
        case .title: 20
        case .chartNote: 18
        case .task, .event: 17
        case .detail, .condition, .sender: 15
        }
    }

    /// From the top of a line to its baseline, pixels.
    var ascent: Int { (lineHeight + size) / 2 - size / 8 }
}

/// How wide text is, without a font at hand.
///
/// The widths are the greatest among the fonts of the style sheet's list, so that text set in any of them stays within
/// what was reserved. Text with other characters than those known here is given its length in the picture.
enum TextMetrics {
    /// Thousandths of the font's size, from the blank to `~`.
    private static let regular: [Int] = [
        317, 400, 474, 837, 636, 950, 779, 278, 390, 390, 551, 837, 317, 360, 317, 392, 636, 636, 636, 636, 636, 636,
        636, 636, 636, 636, 336, 336, 837, 837, 837, 556, 1015, 712, 686, 722, 770, 666, 610, 777, 751, 339, 535, 666,
        557, 871, 748, 787, 666, 787, 722, 666, 610, 731, 684, 988, 685, 666, 685, 390, 392, 390, 837, 559, 606, 612,
        634, 549, 634, 615, 352, 634, 633, 277, 277, 579, 284, 974, 633, 611, 634, 634, 411, 520, 392, 633, 591, 817,
        591, 591, 524, 636, 551, 636, 837,
    ]
    private static let bold: [Int] = [
        348, 456, 574, 837, 695, 1001, 872, 325, 457, 457, 551, 837, 379, 415, 379, 387, 695, 695, 695, 695, 695, 695,
        695, 695, 695, 695, 399, 399, 837, 837, 837, 610, 1007, 773, 762, 733, 830, 683, 683, 820, 836, 372, 568, 774,
        637, 995, 836, 850, 732, 850, 770, 720, 705, 812, 773, 1103, 770, 724, 725, 457, 387, 457, 837, 567, 626, 674,
        715, 592, 715, 678, 435, 715, 711, 342, 342, 665, 342, 1041, 711, 687, 715, 715, 493, 595, 478, 711, 651, 923,
        645, 651, 582, 711, 551, 711, 837,
    ]

    /// Pixels, rounded up.
    static func width(_ text: some StringProtocol, _ style: TextStyle) -> Int {
        let sum = text.unicodeScalars.reduce(0) { $0 + thousandths($1, style.isBold) }
        return (sum * style.size + 999) / 1000
    }

    /// Every character's width is certain: ASCII, Chinese, and the signs between.
    static func isCertain(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { scalar in
            switch scalar.value {
            case 0x20...0x7e, 0xb7, 0x2014, 0x2018...0x201d, 0x2026, 0x2260, 0x3000...0x303f, 0x3400...0x4dbf,
                0x4e00...0x9fff, 0xff00...0xff60:
                true
            default: false
            }
        }
    }

    private static func thousandths(_ scalar: Unicode.Scalar, _ isBold: Bool) -> Int {
        switch scalar.value {
        case 0x20...0x7e: (isBold ? bold : regular)[Int(scalar.value) - 0x20]
        case 0x300...0x36f: 0
        case 0xa0...0x24f: 900
        case 0x1f000...0x1faff: 1300
        default: 1000
        }
    }
}

/// Distances of a picture in pixels, and the bounds on its size.
enum DiagramMetrics {
    /// Text in a box, and beside an arrow, is wrapped at this width.
    static let boxText = 230
    static let labelText = 190
    /// From an arrow to its label.
    static let labelGap = 7
    /// From a box to the text in it.
    static let boxPadding = 12
    static let smallestBox = (width: 88, height: 38)
    /// From a box to the boxes in it, left and right.
    static let sidePadding = 20
    /// Between boxes beside each other; from a region to what parts it from the next; between lines; between a line
    /// and a box.
    static let boxGap = 34
    static let separatorGap = 17
    /// From a separator's lower end to the border.
    static let separatorEnd = 8
    static let lineGap = 18
    static let lineToBox = 22
    /// Between the ends of arrows at one border.
    static let portGap = 24
    static let smallestPortGap = 12
    /// Between levels: at least, with an arrowhead, and for each horizontal line.
    static let smallestChannel = 14
    static let channelMargin = 13
    static let track = 11
    static let dot = 12
    /// Broad enough for an arrow that comes and one that goes at the same side.
    static let history = (width: 46, height: 26)
    /// A row of boxes that would be wider becomes several.
    static let rowWidth = 1_600
    /// From the picture's border to what is drawn.
    static let margin = 24
    static let arrow = 9
    static let corner = 7

    /// Places in all levels together; a picture of more could not be read.
    static let places = 150_000
}

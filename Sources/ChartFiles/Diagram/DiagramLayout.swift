/// A whole picture: every box, label and line with its place. Pixels, from the upper left corner.
struct DiagramLayout {
    struct Rect: Hashable {
        var x: Int
        var y: Int
        var width: Int
        var height: Int

        var maxX: Int { x + width }
        var maxY: Int { y + height }
    }

    typealias Point = ContainerLayout.Point

    struct Box {
        var node: Int
        var frame: Rect
        /// Upper left corner of its text.
        var text: Point
    }

    struct Label {
        var edge: Int
        var frame: Rect
    }

    struct Line {
        var edge: Int
        /// Corners, from the border of the source to that of the target.
        var points: [Point]
    }

    let model: DiagramModel
    /// By node; the first is the chart's, around all others.
    var boxes: [Box] = []
    var labels: [Label] = []
    var lines: [Line] = []
    /// Between regions of a parallel state.
    var separators: [(Point, Point)] = []

    /// - Parameter searches: tries several layouts and takes the best, unless the chart is large.
    /// - Throws: `DiagramError.Code.tooLarge`.
    init(_ model: DiagramModel, at origin: Point, searches: Bool = true) throws(DiagramError) {
        let courses = EdgeCourses(model)
        var search = try LayoutSearch(model, courses)
        if searches { try search.improve() }
        self.init(model, courses, search.layouts, at: origin)
    }

    /// Puts containers that know their inside together.
    init(_ model: DiagramModel, _ courses: EdgeCourses, _ layouts: [ContainerLayout], at origin: Point) {
        self.model = model
        boxes = model.nodes.indices.map {
            Box(node: $0, frame: Rect(x: 0, y: 0, width: 0, height: 0), text: Point(x: 0, y: 0))
        }
        var origins = Array(repeating: origin, count: model.nodes.count)
        // Containers come before what they hold, save the dots, which hold nothing.
        for node in model.nodes.indices { place(node, layouts[node], &origins) }
        for edge in model.edges.indices { joinLine(edge, courses, layouts, origins) }
    }

    private mutating func place(_ node: Int, _ layout: ContainerLayout, _ origins: inout [Point]) {
        let origin = origins[node]
        boxes[node].frame = Rect(x: origin.x, y: origin.y, width: layout.width, height: layout.height)
        boxes[node].text = origin + layout.header
        for item in layout.boxes { origins[item.id] = origin + item.origin }
        for item in layout.labels {
            let (place, block) = (origin + item.origin, model.edges[item.id].label)
            labels.append(
                Label(edge: item.id, frame: Rect(x: place.x, y: place.y, width: block.width, height: block.height)))
        }
        for (from, to) in layout.separators { separators.append((origin + from, origin + to)) }
    }

    /// Puts the parts of a line together that lie in different containers.
    private mutating func joinLine(
        _ edge: Int, _ courses: EdgeCourses, _ layouts: [ContainerLayout], _ origins: [Point]
    ) {
        var points: [Point] = []
        for part in courses.parts[edge] {
            for point in layouts[part.container].lines[part.segment] {
                DiagramLayout.append(origins[part.container] + point, to: &points)
            }
        }
        lines.append(Line(edge: edge, points: points))
    }

    /// Leaves out points in the middle of a straight part.
    private static func append(_ point: Point, to points: inout [Point]) {
        guard points.last != point else { return }
        if points.count > 1 {
            let (a, b) = (points[points.count - 2], points[points.count - 1])
            let isStraight = a.x == b.x && b.x == point.x || a.y == b.y && b.y == point.y
            if isStraight { points.removeLast() }
        }
        points.append(point)
    }
}

extension ContainerLayout.Point {
    static func + (a: Self, b: Self) -> Self { Self(x: a.x + b.x, y: a.y + b.y) }
}

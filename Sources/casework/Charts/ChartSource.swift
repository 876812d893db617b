import ChartAnalysis
import ChartFiles
import Foundation
import Statechart

/// A chart file of any form, told by its extension, with the shells it names.
///
/// Shells are read from the current folder and those inside it, where the chart lies there too; else from the chart's
/// own folder. Nothing outside is read, whatever a chart says.
enum ChartSource {
    static func definition(_ path: String) throws(Failure) -> Definition {
        let place = try Place(of: path)
        do {
            return try ChartFile.definition(at: place.path, in: place.chartFolder)
        } catch {
            throw Failure(
                code: .refused,
                phrase: Phrase("\(path) 有 \(error.problems.count) 处错误", "\(path) has \(error.problems.count) problems"),
                details: error.problems.map { Phrase($0.description, $0.description) })
        }
    }

    static func review(
        _ path: String, names: ImplementedNames?, against old: Definition?
    ) throws(Failure) -> ChartReview {
        let place = try Place(of: path)
        return ChartReview(at: place.path, in: place.chartFolder, names: names, against: old)
    }

    private struct Place {
        var folder: URL
        /// As the folder is written in messages, with `/` at its end, or empty.
        var name: String
        /// Inside the folder.
        var path: String

        init(of written: String) throws(Failure) {
            guard FileManager.default.isReadableFile(atPath: written) else {
                throw .usage("无法读取文件 \(written)", "cannot read the file \(written)")
            }
            let here = URL(fileURLWithPath: FileManager.default.currentDirectoryPath).standardizedFileURL
            let file = URL(fileURLWithPath: written).standardizedFileURL
            if file.path.hasPrefix("\(here.path)/") {
                folder = here
                name = written.hasPrefix("/") ? "\(here.path)/" : ""
                path = String(file.path.dropFirst(here.path.count + 1))
            } else {
                folder = file.deletingLastPathComponent()
                path = file.lastPathComponent
                name = written.hasSuffix(path) ? String(written.dropLast(path.count)) : "\(folder.path)/"
            }
        }

        var chartFolder: ChartFolder {
            let (folder, own) = (folder, path)
            return ChartFolder(name: name) { (path) throws(ChartFolder.Failure) in
                let root = folder.resolvingSymlinksInPath().path
                let file = folder.appendingPathComponent(path).resolvingSymlinksInPath()
                guard path == own || file.path.hasPrefix("\(root)/") else {
                    throw ChartFolder.Failure(message: "the file lies outside \(root)")
                }
                let limit = ChartFile.maximumBytes(of: path)
                do throws(BoundedFile.Failure) {
                    return try BoundedFile.bytes(file.path, limit: limit)
                } catch .tooLong {
                    throw ChartFolder.Failure(message: ChartFile.tooLong(limit), code: .limit)
                } catch {
                    throw ChartFolder.Failure(message: "the file cannot be read")
                }
            }
        }
    }
}

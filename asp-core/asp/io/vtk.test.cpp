#include "asp/io/vtk.hpp"

#include <vtkCellArray.h>
#include <vtkCellData.h>
#include <vtkDataArray.h>
#include <vtkIdList.h>
#include <vtkNew.h>
#include <vtkPointData.h>
#include <vtkPolyData.h>
#include <vtkXMLPolyDataReader.h>

#include <thread>

#include "asp/base/error.hpp"
#include "asp/base/testing.hpp"
#include "asp/io/detail/test_files.hpp"

namespace fs = std::filesystem;
using asp::BackendError;
using asp::io::CollectionEntry;
using asp::io::Surface;
using asp::io::write_collection;
using asp::io::write_surface;
using asp::io::testing::content_of;
using asp::io::testing::FileSizeLimit;
using asp::io::testing::ScratchFolder;
using asp::testing::message_of;

namespace {

/// A sheet of rows x columns points, with the arrays that a Surface refers to.
struct Sheet {
    std::vector<float> points, pressure, velocity;
    std::vector<std::int32_t> quads, vessel;

    Sheet(std::int32_t rows, std::int32_t columns) {
        for (std::int32_t r = 0; r < rows; ++r)
            for (std::int32_t c = 0; c < columns; ++c) {
                const auto x = 0.1f * static_cast<float>(r), y = 0.3f * static_cast<float>(c);
                points.insert(points.end(), {x, y, x * y});
                pressure.push_back(1e4f + x - y);
                velocity.push_back(x * x);
                if (r + 1 == rows || c + 1 == columns) continue;
                const std::int32_t corner = r * columns + c;
                quads.insert(quads.end(),
                             {corner, corner + 1, corner + columns + 1, corner + columns});
                vessel.push_back(r % 3);
            }
    }

    Surface surface() const {
        return {points,
                quads,
                {{"pressure_pa", pressure}, {"velocity_m_s", velocity}},
                {{"vessel", vessel}}};
    }
};

vtkNew<vtkPolyData> read_back(const fs::path& path) {
    vtkNew<vtkXMLPolyDataReader> reader;
    reader->SetFileName(path.c_str());
    reader->Update();
    vtkNew<vtkPolyData> data;
    data->ShallowCopy(reader->GetOutput());
    return data;
}

template <class Value>
std::vector<Value> values_of(vtkDataArray* array) {
    REQUIRE(array != nullptr);
    const vtkIdType width = array->GetNumberOfComponents();
    std::vector<Value> values;
    for (vtkIdType i = 0; i < array->GetNumberOfTuples() * width; ++i)
        values.push_back(
            static_cast<Value>(array->GetComponent(i / width, static_cast<int>(i % width))));
    return values;
}

std::vector<std::int32_t> quads_of(vtkPolyData* data) {
    std::vector<std::int32_t> numbers;
    const vtkNew<vtkIdList> quad;
    for (vtkIdType i = 0; i < data->GetNumberOfPolys(); ++i) {
        data->GetPolys()->GetCellAtId(i, quad);
        REQUIRE(quad->GetNumberOfIds() == 4);
        for (const vtkIdType number : *quad) numbers.push_back(static_cast<std::int32_t>(number));
    }
    return numbers;
}

void require_equal(const fs::path& file, const Sheet& sheet) {
    const auto data = read_back(file);
    REQUIRE(values_of<float>(data->GetPoints()->GetData()) == sheet.points);
    REQUIRE(quads_of(data) == sheet.quads);
    vtkPointData* fields = data->GetPointData();
    REQUIRE(fields->GetNumberOfArrays() == 2);
    REQUIRE(values_of<float>(fields->GetArray("pressure_pa")) == sheet.pressure);
    REQUIRE(values_of<float>(fields->GetArray("velocity_m_s")) == sheet.velocity);
    REQUIRE(values_of<std::int32_t>(data->GetCellData()->GetArray("vessel")) == sheet.vessel);
}

}  // namespace

TEST_CASE("threads that write different surfaces at once do not disturb each other") {
    // First in this file: VTK is not yet in use when the threads start.
    const ScratchFolder folder;
    const Sheet small(20, 30), large(80, 90);
    const auto write_often = [&](const std::string& name, const Sheet& sheet) {
        for (int frame = 0; frame < 30; ++frame) write_surface(folder / name, sheet.surface());
    };
    std::thread first(write_often, "small.vtp", std::cref(small));
    std::thread second(write_often, "large.vtp", std::cref(large));
    first.join();
    second.join();
    require_equal(folder / "small.vtp", small);
    require_equal(folder / "large.vtp", large);
    REQUIRE(folder.entries() == 2);
}

TEST_CASE("writing a surface starts no threads") {
    const ScratchFolder folder;
    const auto threads = [] {
        return std::distance(fs::directory_iterator("/proc/self/task"), fs::directory_iterator());
    };
    const auto before = threads();
    write_surface(folder / "sheet.vtp", Sheet(200, 200).surface());
    REQUIRE(threads() == before);
}

TEST_CASE("VTK reads a surface back as it was written") {
    const ScratchFolder folder;
    const auto [rows, columns] = GENERATE(std::pair{2, 2}, std::pair{1, 5}, std::pair{100, 100});
    const Sheet sheet(rows, columns);
    write_surface(folder / "sheet.vtp", sheet.surface());
    require_equal(folder / "sheet.vtp", sheet);
}

TEST_CASE("a surface without points is a file without points") {
    const ScratchFolder folder;
    write_surface(folder / "empty.vtp", Surface{});
    const auto data = read_back(folder / "empty.vtp");
    REQUIRE(data->GetNumberOfPoints() == 0);
    REQUIRE(data->GetNumberOfPolys() == 0);
}

TEST_CASE("a surface replaces the one before") {
    const ScratchFolder folder;
    write_surface(folder / "sheet.vtp", Sheet(30, 30).surface());
    const Sheet sheet(3, 4);
    write_surface(folder / "sheet.vtp", sheet.surface());
    require_equal(folder / "sheet.vtp", sheet);
    REQUIRE(folder.entries() == 1);
}

TEST_CASE("a surface that does not fit on the disk is an error, and leaves the old file") {
    const ScratchFolder folder;
    const fs::path file = folder / "sheet.vtp";
    const Sheet small(3, 4), large(100, 100);
    write_surface(file, small.surface());
    {
        const FileSizeLimit limit(10000);
        REQUIRE(message_of<BackendError>([&] { write_surface(file, large.surface()); }) ==
                file.string() + ": cannot write: File too large");
    }
    require_equal(file, small);
    REQUIRE(folder.entries() == 1);
}

TEST_CASE("a surface in a folder that does not exist is refused by name") {
    const ScratchFolder folder;
    const fs::path file = folder / "missing/sheet.vtp";
    REQUIRE(message_of<BackendError>([&] { write_surface(file, Sheet(3, 4).surface()); }) ==
            file.string() + ": cannot create the file: there is no folder " +
                (folder / "missing").string());
}

#ifndef ASP_NO_ASSERT
TEST_CASE("a field of another length than the surface is our mistake") {
    const ScratchFolder folder;
    Sheet sheet(3, 4);
    sheet.pressure.pop_back();
    REQUIRE_THROWS_AS(write_surface(folder / "sheet.vtp", sheet.surface()), asp::AssertionFailure);
}
#endif

TEST_CASE("a collection lists its files with their times, to the last digit") {
    const ScratchFolder folder;
    write_collection(
        folder / "run.pvd",
        std::vector<CollectionEntry>{
            {0.0, "run/frame0.vtp"}, {0.1, "run/frame1.vtp"}, {0.1 + 0.2, "a \"b\" & <c>.vtp"}});
    REQUIRE(content_of(folder / "run.pvd") ==
            "<?xml version=\"1.0\"?>\n"
            "<VTKFile type=\"Collection\" version=\"0.1\" byte_order=\"LittleEndian\">\n"
            "  <Collection>\n"
            "    <DataSet timestep=\"0\" file=\"run/frame0.vtp\"/>\n"
            "    <DataSet timestep=\"0.1\" file=\"run/frame1.vtp\"/>\n"
            "    <DataSet timestep=\"0.30000000000000004\" "
            "file=\"a &quot;b&quot; &amp; &lt;c>.vtp\"/>\n"
            "  </Collection>\n"
            "</VTKFile>\n");
}

TEST_CASE("a collection in a folder that does not exist is refused by name") {
    const ScratchFolder folder;
    const fs::path file = folder / "missing/run.pvd";
    REQUIRE(message_of<BackendError>([&] { write_collection(file, {}); }) ==
            file.string() + ": cannot create the file: there is no folder " +
                (folder / "missing").string());
}

#include "asp/io/vtk.hpp"

#include <fmt/format.h>
#include <vtkCellArray.h>
#include <vtkCellData.h>
#include <vtkFloatArray.h>
#include <vtkNew.h>
#include <vtkPointData.h>
#include <vtkPoints.h>
#include <vtkPolyData.h>
#include <vtkTypeInt32Array.h>
#include <vtkXMLPolyDataWriter.h>

#include <cstddef>
#include <iterator>
#include <string_view>

#include "asp/base/error.hpp"
#include "asp/io/atomic_file.hpp"
#include "asp/io/detail/vtk_threads.hpp"

namespace asp::io {

namespace {

/// A VTK array over the caller's values; VTK takes them as writable, but a writer only reads.
template <class Array, class Value>
vtkNew<Array> borrow(std::span<const Value> values, int components = 1) {
    constexpr int leave_to_owner = 1;
    vtkNew<Array> array;
    array->SetNumberOfComponents(components);
    array->SetArray(const_cast<Value*>(values.data()), static_cast<vtkIdType>(values.size()),
                    leave_to_owner);
    return array;
}

vtkNew<vtkPoints> points_of(const Surface& surface) {
    vtkNew<vtkPoints> points;
    points->SetData(borrow<vtkFloatArray>(surface.points, 3));
    return points;
}

vtkNew<vtkCellArray> quads_of(const Surface& surface) {
    const auto count = static_cast<vtkIdType>(surface.quads.size() / 4);
    vtkNew<vtkTypeInt32Array> offsets;
    offsets->SetNumberOfValues(count + 1);
    for (vtkIdType quad = 0; quad <= count; ++quad)
        offsets->SetValue(quad, static_cast<std::int32_t>(4 * quad));
    vtkNew<vtkCellArray> quads;
    quads->SetData(offsets, borrow<vtkTypeInt32Array>(surface.quads));
    return quads;
}

vtkNew<vtkPolyData> poly_data_of(const Surface& surface) {
    vtkNew<vtkPolyData> data;
    data->SetPoints(points_of(surface));
    data->SetPolys(quads_of(surface));
    for (const PointField& field : surface.fields) {
        ASP_ASSERT(field.values.size() == surface.points.size() / 3);
        const auto values = borrow<vtkFloatArray>(field.values);
        values->SetName(field.name.c_str());
        data->GetPointData()->AddArray(values);
    }
    for (const QuadNumbers& numbers : surface.quad_numbers) {
        ASP_ASSERT(numbers.values.size() == surface.quads.size() / 4);
        const auto values = borrow<vtkTypeInt32Array>(numbers.values);
        values->SetName(numbers.name.c_str());
        data->GetCellData()->AddArray(values);
    }
    return data;
}

/// VTK fills its table of factories when the first object is made, without a lock. And it would
/// look for the extent of the points with a thread on every hart, whoever else is at work there.
void prepare_vtk() {
    static const bool prepared = [] {
        const vtkNew<vtkXMLPolyDataWriter> first;
        return detail::make_vtk_sequential();
    }();
    ASP_ASSERT(prepared);
}

std::string escaped(std::string_view text) {
    std::string result;
    for (const char c : text) {
        switch (c) {
            case '&':
                result += "&amp;";
                break;
            case '<':
                result += "&lt;";
                break;
            case '"':
                result += "&quot;";
                break;
            default:
                result += c;
        }
    }
    return result;
}

}  // namespace

void write_surface(const std::filesystem::path& vtp, const Surface& surface) {
    ASP_ASSERT(surface.points.size() % 3 == 0 && surface.quads.size() % 4 == 0);
    prepare_vtk();
    AtomicFile file(vtp);
    vtkNew<vtkXMLPolyDataWriter> writer;
    const vtkNew<vtkPolyData> data = poly_data_of(surface);
    writer->SetInputData(data);
    // To memory, as fast as to a file: a full disk then shows where errors are ours to tell.
    writer->WriteToOutputStringOn();
    writer->SetDataModeToAppended();
    writer->EncodeAppendedDataOff();  // base64 takes two thirds of the time
    // LZ4 is as fast as no compression and saves up to 40 %; zlib's fastest level saves as much
    // again, at two to four times the time.
    writer->SetCompressorTypeToLZ4();
    writer->SetCompressionLevel(1);
    [[maybe_unused]] const int encoded = writer->Write();
    ASP_ASSERT(encoded == 1);
    file.write(writer->GetOutputString());
    file.commit();
}

void write_collection(const std::filesystem::path& pvd, std::span<const CollectionEntry> entries) {
    std::string text =
        "<?xml version=\"1.0\"?>\n"
        "<VTKFile type=\"Collection\" version=\"0.1\" byte_order=\"LittleEndian\">\n"
        "  <Collection>\n";
    for (const CollectionEntry& entry : entries)
        fmt::format_to(std::back_inserter(text), "    <DataSet timestep=\"{}\" file=\"{}\"/>\n",
                       entry.time, escaped(entry.file.generic_string()));
    text += "  </Collection>\n</VTKFile>\n";
    write_text_atomically(pvd, text);
}

}  // namespace asp::io

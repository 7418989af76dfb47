#include "bloodflow/tubes.hpp"

#include <vtkCellData.h>
#include <vtkDataArray.h>
#include <vtkNew.h>
#include <vtkPointData.h>
#include <vtkPolyData.h>
#include <vtkXMLPolyDataReader.h>

#include <fstream>
#include <iterator>

#include "asp/base/error.hpp"
#include "asp/base/testing.hpp"
#include "asp/harts/hart_pool.hpp"
#include "asp/harts/team.hpp"
#include "bloodflow/output_testing.hpp"

using namespace bloodflow;
using namespace bloodflow::testing;

namespace {

constexpr double single = 1e-5;  ///< relative: areas, flows and points are in single precision

std::filesystem::path draw(const ScratchFolder& folder, const RunConfig& config,
                           const TubeFrames& frames, std::size_t harts = 1) {
    asp::HartPool pool(harts);
    const asp::Lease lease = pool.request();
    return write_tubes(folder / "tubes", config, fork_mesh(), frames, asp::Team(lease));
}

/// Rings every 5 cm with four sides: three on the aorta, then three on each iliac artery.
RunConfig coarse_config(int frames) {
    RunConfig config = fork_config();
    config.vtk_frames = frames;
    config.vtk_ring_spacing = 0.05;
    config.vtk_sides = 4;
    return config;
}

TubeFrames two_moments() {
    return fork_fields(fork_config().network, fork_mesh());
}

vtkNew<vtkPolyData> read_back(const std::filesystem::path& path) {
    REQUIRE(std::filesystem::exists(path));
    vtkNew<vtkXMLPolyDataReader> reader;
    reader->SetFileName(path.c_str());
    reader->Update();
    vtkNew<vtkPolyData> data;
    data->ShallowCopy(reader->GetOutput());
    return data;
}

double value_at(vtkPolyData* data, const char* name, vtkIdType point) {
    vtkDataArray* values = data->GetPointData()->GetArray(name);
    REQUIRE(values != nullptr);
    return values->GetComponent(point, 0);
}

std::string content_of(const std::filesystem::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("rings stand at equal distances between the nodes, with the radius of the lumen, in mm") {
    const ScratchFolder folder;
    draw(folder, coarse_config(2), two_moments());
    const auto data = read_back(folder / "tubes/tubes_0000.vtp");
    REQUIRE(data->GetNumberOfPoints() == 9 * 4);
    REQUIRE(data->GetNumberOfPolys() == 6 * 4);
    // At 80 mmHg the aorta has its reference radius: 10 mm at the heart, 9 in the middle, 8 at the
    // end. It runs along x.
    for (const vtkIdType ring : {0, 1, 2})
        for (const vtkIdType side : {0, 1, 2, 3}) {
            const double* point = data->GetPoint(4 * ring + side);
            const double radius = 10.0 - static_cast<double>(ring);
            REQUIRE(point[0] == Approx(50.0 * static_cast<double>(ring)).margin(1e-4));
            REQUIRE(std::hypot(point[1], point[2]) == Approx(radius).epsilon(single));
            REQUIRE(value_at(data, "radius_mm", 4 * ring + side) == Approx(radius).epsilon(single));
        }
}

TEST_CASE("the radius pulsates with the pressure") {
    const ScratchFolder folder;
    const RunConfig config = coarse_config(2);
    draw(folder, config, two_moments());
    const auto data = read_back(folder / "tubes/tubes_0001.vtp");
    const double area = config.network.vessels[0].wall(1.0).area(120.0 * mmHg);
    const double radius = std::sqrt(area / std::numbers::pi) / mm;
    const double* point = data->GetPoint(2 * 4);
    REQUIRE(radius > 8.1);
    REQUIRE(std::hypot(point[1], point[2]) == Approx(radius).epsilon(single));
}

TEST_CASE("points carry pressure, flow, velocity and the magnitude of the wall shear stress") {
    const ScratchFolder folder;
    const RunConfig config = coarse_config(2);
    draw(folder, config, two_moments());
    const auto data = read_back(folder / "tubes/tubes_0001.vtp");
    const vtkIdType point = 1 * 4 + 2;  // in the middle of the aorta
    const double area = config.network.vessels[0].wall(0.5).area(120.0 * mmHg);
    const double velocity = -20.0 * mL / area, radius = std::sqrt(area / std::numbers::pi);
    REQUIRE(value_at(data, "pressure_mmhg", point) == Approx(120.0).epsilon(single));
    REQUIRE(value_at(data, "flow_ml_s", point) == Approx(-20.0).epsilon(single));
    REQUIRE(value_at(data, "velocity_m_s", point) == Approx(velocity).epsilon(single));
    // mu |du/dr| at the wall is mu (zeta + 2) |U| / R; zeta is 9.
    REQUIRE(value_at(data, "wall_shear_stress_pa", point) ==
            Approx(11.0 * 0.004 * -velocity / radius).epsilon(single));
}

TEST_CASE("a linear pressure is met at every ring, the ends included") {
    const ScratchFolder folder;
    const RunConfig config = coarse_config(1);
    TubeFrames frames = two_moments();
    for (std::size_t i = 0; i < 5; ++i) {  // 100 mmHg at the heart, 90 at the fork
        const double s = (static_cast<double>(i) + 0.5) / 5.0;
        frames.area[i] =
            static_cast<float>(config.network.vessels[0].wall(s).area((100.0 - 10.0 * s) * mmHg));
        frames.flow[i] = static_cast<float>((20.0 + 4.0 * s) * mL);
    }
    draw(folder, config, frames);
    const auto data = read_back(folder / "tubes/tubes_0000.vtp");
    for (const vtkIdType ring : {0, 1, 2}) {
        const double s = 0.5 * static_cast<double>(ring);
        REQUIRE(value_at(data, "pressure_mmhg", 4 * ring) ==
                Approx(100.0 - 10.0 * s).epsilon(10.0 * single));
        REQUIRE(value_at(data, "flow_ml_s", 4 * ring) == Approx(20.0 + 4.0 * s).epsilon(single));
    }
}

TEST_CASE("every quad knows its vessel") {
    const ScratchFolder folder;
    draw(folder, coarse_config(1), two_moments());
    const auto data = read_back(folder / "tubes/tubes_0000.vtp");
    vtkDataArray* vessel = data->GetCellData()->GetArray("vessel");
    REQUIRE(vessel != nullptr);
    for (vtkIdType quad = 0; quad < data->GetNumberOfPolys(); ++quad)
        REQUIRE(vessel->GetComponent(quad, 0) == static_cast<double>(quad / 8));
}

TEST_CASE("the shortest vessel has two rings, also between nodes in the same place") {
    const ScratchFolder folder;
    RunConfig config = coarse_config(1);
    config.vtk_ring_spacing = 1.0;
    config.network.nodes[3].position = config.network.nodes[1].position;
    draw(folder, config, two_moments());
    const auto data = read_back(folder / "tubes/tubes_0000.vtp");
    REQUIRE(data->GetNumberOfPoints() == 3 * 2 * 4);
    for (vtkIdType i = 0; i < data->GetNumberOfPoints(); ++i)
        REQUIRE(std::isfinite(data->GetPoint(i)[0] + data->GetPoint(i)[1] + data->GetPoint(i)[2]));
}

TEST_CASE("the collection lists the frames with their times") {
    const ScratchFolder folder;
    const auto path = draw(folder, coarse_config(2), two_moments());
    REQUIRE(path == folder / "tubes/tubes.pvd");
    const std::string text = content_of(path);
    REQUIRE(text.find("timestep=\"0\" file=\"tubes_0000.vtp\"") != std::string::npos);
    REQUIRE(text.find("timestep=\"0.5\" file=\"tubes_0001.vtp\"") != std::string::npos);
    REQUIRE(text.find("tubes_0002") == std::string::npos);
}

TEST_CASE("frames are taken evenly out of what was recorded, and are no more than that") {
    const ScratchFolder folder;
    TubeFrames frames;
    for (int k = 0; k < 10; ++k) {
        frames.time.push_back(0.1 * k);
        const TubeFrames first = two_moments();
        frames.area.insert(frames.area.end(), first.area.begin(), first.area.begin() + 9);
        frames.flow.insert(frames.flow.end(), 9, static_cast<float>(k * mL));
    }
    const auto flow_of = [&](const char* file) {
        return value_at(read_back(folder / file), "flow_ml_s", 0);
    };
    draw(folder, coarse_config(5), frames, 2);
    REQUIRE(flow_of("tubes/tubes_0001.vtp") == Approx(2.0).epsilon(single));
    REQUIRE(flow_of("tubes/tubes_0004.vtp") == Approx(8.0).epsilon(single));
    REQUIRE(content_of(draw(folder, coarse_config(99), frames)).find("tubes_0009.vtp") !=
            std::string::npos);
    REQUIRE_FALSE(std::filesystem::exists(folder / "tubes/tubes_0010.vtp"));
}

TEST_CASE("a folder for the tubes that cannot be is an error") {
    const ScratchFolder folder;
    std::ofstream(folder / "tubes") << "a file";
    REQUIRE_THROWS_AS(draw(folder, coarse_config(2), two_moments()), asp::BackendError);
}

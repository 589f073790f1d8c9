#include "scanline/train/callbacks/live_report.hpp"

#include <filesystem>
#include <string>

#include "scanline/train/callbacks/metrics_log.hpp"
#include "scanline/train/options.hpp"
#include "tests/catch.hpp"
#include "tests/train/small_run.hpp"
#include "tests/train/workspace.hpp"

using namespace scanline;
using test::read_file;
namespace fs = std::filesystem;

namespace {

/// What a run of two epochs leaves before its test, where drawing is assumed to take this long.
struct DrawnRun {
  explicit DrawnRun(train::LiveReport::Duration first_cost) {
    train::RunDirectory run = train::RunDirectory::make(path, "mlp", false);
    run.begin("");
    Fields fields;
    std::string notes = "a < b";
    fields.add("notes", notes, "");
    test::SmallRun small;
    train::MetricsLog log({}, run.log());
    train::LiveReport report(run, small.description, fields, first_cost);
    small.trainer({&log, &report}).run();
    page = read_file(path / "report.html");
    has_pictures =
        fs::exists(path / "learning_curves.svg") && fs::exists(path / "learning_curves.png");
    run.remove_results();
    is_removed = !fs::exists(path / "report.html") && !fs::exists(path / "learning_curves.svg");
  }

  test::TemporaryDirectory directory;
  fs::path path = directory.path() / "run";
  std::string page;
  bool has_pictures = false, is_removed = false;
};

}  // namespace

TEST_CASE("a run that has not ended has a report that says so") {
  const DrawnRun run(std::chrono::seconds(0));
  // Not after the second epoch, which is the last one.
  CHECK(run.page.find("1 of 2 epochs are done") != std::string::npos);
  CHECK(run.page.find("http-equiv=\"refresh\"") != std::string::npos);
  CHECK(run.page.find("<td>notes</td><td>a &lt; b</td>") != std::string::npos);
  CHECK(run.page.find("<polyline") != std::string::npos);
  CHECK(run.has_pictures);
  CHECK(run.is_removed);
}

TEST_CASE("a report that would take more than a hundredth of the time is not drawn") {
  const DrawnRun run(std::chrono::hours(1));
  CHECK(run.page.empty());
  CHECK_FALSE(run.has_pictures);
}

#include "scanline/framework/autograd/profile.hpp"

#include <sstream>
#include <string>

#include "scanline/framework/nn/linear.hpp"
#include "scanline/framework/nn/sequential.hpp"
#include "scanline/framework/ops/activation.hpp"
#include "scanline/framework/ops/elementwise.hpp"
#include "scanline/framework/ops/movement.hpp"
#include "scanline/framework/ops/reduce.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"

using namespace scanline;

TEST_CASE("a profile counts calls, times both passes, and adds up the memory of results") {
  nn::Sequential network;
  network.add<nn::Linear>(8, 4);
  network.add(tanh);
  const Tensor x(test::random_array({5, 8}, 0, -1, 1, DType::float32));
  Profile profile;
  for (int step = 0; step < 3; ++step) sum(reshape(network(x), {20})).backward();
  profile.add_time("optimizer");
  const Profile::Row linear = profile.rows().at({"0", "linear"});
  CHECK(linear.calls == 3);
  CHECK(linear.forward > 0);
  CHECK(linear.backward > 0);
  CHECK(linear.bytes == 3 * 20 * 4);
  CHECK(profile.rows().at({"1", "tanh"}).calls == 3);
  CHECK(profile.rows().at({"", "reshape"}).bytes == 0);
  CHECK(profile.rows().at({"", "optimizer"}).forward > 0);
}

TEST_CASE("the table of a profile is 80 columns wide, and as long as is asked for") {
  const Tensor x = test::random_leaf({40, 30});
  nn::Sequential network;
  network.add([](const Tensor& y) { return exp(y); });
  Profile profile;
  const std::string name = "a_layer_whose_name_is_longer_than_its_column";
  {
    const LayerScope scope(name);
    sum(network(tanh(sigmoid(x)))).backward();
  }
  std::ostringstream out;
  out << profile;
  CHECK(out.str() == to_string(profile));
  CHECK(out.str().find("sigmoid") != std::string::npos);
  CHECK(out.str().find("..") != std::string::npos);
  std::istringstream lines(to_string(profile, 2, 3));
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) CHECK(line.size() <= 80);
  CHECK(count == 1 + 3 + 1 + 1);  // the head, the rows, the others and the total
}

#include "scanline/framework/autograd/op_observer.hpp"

#include <algorithm>

namespace scanline {
namespace {

thread_local std::vector<const std::string*> layers;
thread_local std::vector<OpObserver*> observers;

void tell_of_layer() {
  for (OpObserver* observer : observers) observer->at_layer();
}

}  // namespace

LayerScope::LayerScope(const std::string& name) {
  if (!observers.empty()) tell_of_layer();
  layers.push_back(&name);
}

LayerScope::~LayerScope() {
  if (!observers.empty()) tell_of_layer();
  layers.pop_back();
}

std::string LayerScope::path() {
  std::string result;
  for (const std::string* name : layers) {
    if (name->empty()) continue;
    if (!result.empty()) result += '.';
    result += *name;
  }
  return result;
}

OpObserver::OpObserver() { observers.push_back(this); }

OpObserver::~OpObserver() {
  observers.erase(std::remove(observers.begin(), observers.end(), this), observers.end());
}

const std::vector<OpObserver*>& OpObserver::all() { return observers; }

}  // namespace scanline

#include "base/graph.h"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/strong_components.hpp>

namespace rollcall {

std::vector<std::vector<size_t>> strongly_connected(const Graph& graph) {
    boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS> edges(graph.size());
    for (size_t from = 0; from < graph.size(); ++from) {
        for (const size_t to : graph[from]) boost::add_edge(from, to, edges);
    }
    std::vector<size_t> numbers(graph.size());
    const auto count = boost::strong_components(
        edges, boost::make_iterator_property_map(numbers.begin(), boost::get(boost::vertex_index, edges)));
    // Tarjan's algorithm numbers a component when it leaves it: after all that is reached from there.
    std::vector<std::vector<size_t>> components(count);
    for (size_t vertex = 0; vertex < graph.size(); ++vertex) components[numbers[vertex]].push_back(vertex);
    return components;
}

bool is_circle(const Graph& graph, const std::vector<size_t>& component) {
    if (component.size() > 1) return true;
    return std::ranges::find(graph[component.front()], component.front()) != graph[component.front()].end();
}

}  // namespace rollcall

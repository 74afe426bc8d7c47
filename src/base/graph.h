// Circles in directed graphs: for groups that contain groups, and for operations that refer to each other.
#pragma once

#include <cstddef>
#include <vector>

namespace rollcall {

// edges[i]: the vertices that vertex i points at; an edge may be there twice.
using Graph = std::vector<std::vector<size_t>>;

// The strongly connected components of the graph, vertices in rising order within each. What a component
// points at comes before it; otherwise the order is that of the vertices. Takes time in proportion to the
// size of the graph, and no stack.
std::vector<std::vector<size_t>> strongly_connected(const Graph& graph);

// Does the component hold a circle: several vertices, or one that points at itself?
bool is_circle(const Graph& graph, const std::vector<size_t>& component);

}  // namespace rollcall

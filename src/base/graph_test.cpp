#include "base/graph.h"

#include <gtest/gtest.h>

namespace rollcall {
namespace {

using Components = std::vector<std::vector<size_t>>;

TEST(Graph, WhatIsPointedAtComesFirst) {
    EXPECT_EQ(strongly_connected({}), Components());
    EXPECT_EQ(strongly_connected({{}, {}, {}}), (Components{{0}, {1}, {2}}));
    // 0 needs 2, 2 needs 3; 1 needs nothing.
    EXPECT_EQ(strongly_connected({{2}, {}, {3}, {}}), (Components{{3}, {2}, {0}, {1}}));
}

TEST(Graph, CirclesAreOneComponent) {
    const Graph graph = {{4}, {2}, {3, 4}, {1}, {4, 4}};
    EXPECT_EQ(strongly_connected(graph), (Components{{4}, {0}, {1, 2, 3}}));
    EXPECT_TRUE(is_circle(graph, {1, 2, 3}));
    EXPECT_TRUE(is_circle(graph, {4}));
    EXPECT_FALSE(is_circle(graph, {0}));
}

TEST(Graph, ALongCircleNeedsNoStack) {
    Graph graph(1'000'000);
    for (size_t i = 0; i < graph.size(); ++i) graph[i].push_back((i + 1) % graph.size());
    EXPECT_EQ(strongly_connected(graph).size(), 1);
}

}  // namespace
}  // namespace rollcall

# Reads a graph as amalfa exports it, and says what networkx makes of its notes and the links between them.
import io, json, random, sys
import networkx as nx

asked = json.load(sys.stdin)
exported = nx.read_graphml(io.BytesIO(asked["graphml"].encode()), force_multigraph=True)
gexf = nx.read_gexf(io.BytesIO(asked["gexf"].encode()))
assert set(gexf) == set(exported) and gexf.number_of_edges() == exported.number_of_edges(), "GEXF holds another graph than GraphML"
assert {k for *_, k in gexf.edges(data="type")} == {k for *_, k in exported.edges(data="type")}, "GEXF has other types of edges"
g = nx.DiGraph()
g.add_nodes_from(i for i, kind in exported.nodes(data="kind") if kind == "note")
g.add_edges_from((a, b) for a, b, kind in exported.edges(data="type")
                 if kind not in ("TAGGED_AS", "EXEMPLIFIES", "FOLLOWS") and a in g and b in g)
u = g.to_undirected()
random.seed(1)
notes = sorted(i for i in u if "%" not in i)
pairs = [(random.choice(notes), random.choice(notes)) for _ in range(400)] if len(notes) > 1 else []
pairs = [(a, b) for a, b in pairs if a != b]
ours = [[i if "\x01" not in i else "z%2F%3C%22&%01%3E.md" for i in c] for c in asked["communities"]]
linked = u.number_of_edges() > 0
json.dump({
    "pagerank": nx.pagerank(g, alpha=0.85, tol=1e-14, max_iter=5000) if len(g) else {},
    "betweenness": nx.betweenness_centrality(g, normalized=True),
    "in": dict(g.in_degree()), "out": dict(g.out_degree()),
    "components": [sorted(c) for c in nx.weakly_connected_components(g)],
    "adamicAdar": [{"a": a, "b": b, "score": s} for a, b, s in nx.adamic_adar_index(u, pairs)],
    "louvain": max(nx.community.modularity(u, nx.community.louvain_communities(u, seed=s)) for s in range(5)) if linked else 0,
    "ours": nx.community.modularity(u, ours) if linked else 0,
}, sys.stdout)

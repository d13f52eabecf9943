"""Stage 4, draw: a chart specification and its numbers become one scene, and the scene becomes every output.

What belongs here: the specification (`specification`), the layout that decides where every line and word stands
(`layout` and the modules it calls), the painters that turn a finished scene into PDF, PNG or SVG (`pdf`, `picture`),
the native Excel chart (`excel`), and the looks that all of them and the reports share (`palette`, `typeface`).

What does not: computing KPIs (`kpis`), and pages, tables and tiles (`reports`).  A painter never moves, rounds or
drops anything; if something stands in the wrong place, the layout is where to look.
"""

"""Reads the shop's CSV and groups it by user, product, category and brand: count and sum of prices. Writes what it took as JSON."""
import json
import resource
import sys
import time

import pandas

source, result = sys.argv[1:]
began, cpu = time.perf_counter(), time.process_time()
rows = pandas.read_csv(
    source,
    usecols=["event_time", "event_type", "product_id", "category_id", "brand", "price", "user_id"],
    dtype={"event_type": "category", "brand": "category"},
)
for column in ["user_id", "product_id", "category_id", "brand"]:
    rows.groupby(column, observed=True)["price"].agg(["count", "sum"])
took, cpu = time.perf_counter() - began, time.process_time() - cpu
with open(result, "w", encoding="utf-8") as file:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    json.dump({"Passes": [{"Pass": "cold", "Events": len(rows), "AppliedSeconds": took, "Seconds": took, "CpuSeconds": cpu, "PeakBytes": peak}]}, file)

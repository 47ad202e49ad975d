"""What is measured. A new row is a module with `ROWS` and its place here."""

from benchmarks.rows import connects, fan_out, folding, keyspace, last_of_many, memory, slow, stages, wire
from benchmarks.rows.base import Row

ROWS: dict[str, Row] = {
    row.name: row
    for module in (fan_out, last_of_many, stages, connects, folding, slow, memory, wire, keyspace)
    for row in module.ROWS
}

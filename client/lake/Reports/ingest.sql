WITH rows AS (
    SELECT 1 AS place, 0 AS reason_number, 'received' AS outcome, sum(received) AS events FROM ingested
    UNION ALL SELECT 2, 0, 'accepted', sum(accepted) FROM ingested
    UNION ALL SELECT 3, 0, 'duplicates', sum(duplicates) FROM ingested
    UNION ALL SELECT 4, 0, 'rejected', sum(events) FROM rejected
    UNION ALL
    SELECT
        5,
        list_position(
            ['malformed', 'bad_time', 'unknown_kind', 'missing_user', 'missing_product', 'bad_price', 'mangled_id', 'too_long', 'in_the_future'], reason),
        'rejected.' || reason, sum(events)
    FROM rejected GROUP BY reason HAVING sum(events) > 0
)
SELECT outcome, coalesce(events, 0)::BIGINT AS events FROM rows ORDER BY place, reason_number, outcome

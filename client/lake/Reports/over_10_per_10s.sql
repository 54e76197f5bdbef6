-- Windows are aligned to 1970-01-01.
SELECT count(*) AS windows FROM (
    SELECT user_id FROM events GROUP BY user_id, epoch_ms(event_time) // 10000 HAVING count(*) > 10
)

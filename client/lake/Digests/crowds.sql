-- Users with more than 10 events in a window of 10 seconds. Windows are aligned to 1970-01-01, so each lies in one hour.
SELECT user_id, epoch_ms(event_time) // 10000 AS ten_seconds, count(*) AS events FROM undigested GROUP BY user_id, ten_seconds HAVING count(*) > 10

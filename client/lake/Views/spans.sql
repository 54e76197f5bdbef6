-- Sessions without ordering events. A session key is a (user_id, user_session). Its events are first put together by stretches of time that are no longer than the
-- timeout, so that no gap lies within a stretch; nearly all keys lie in one stretch, or reach over no more than the timeout, and are one session. Only the stretches of the
-- others are put into order, and the gaps between them begin new sessions. The sessions of a key are intervals of time apart from each other: a time tells the session.

CREATE VIEW event_stretches AS FROM undigested_stretches UNION ALL FROM digested_stretches;

-- Reports read this name, behind which a table may stand: see shared_sessions.sql.
CREATE VIEW stretches AS FROM event_stretches;

CREATE VIEW key_spans AS
SELECT
    user_id, user_session, stretch_of(epoch_ms(min(started))) < stretch_of(epoch_ms(max(ended))) AS has_stretches,
    epoch_ms(max(ended)) - epoch_ms(min(started)) > session_timeout_ms() AS is_long,
    min(started) AS started, max(ended) AS ended, min(first_view) AS first_view, bit_or(kinds) AS kinds
FROM stretches GROUP BY user_id, user_session;

CREATE VIEW session_keys AS FROM key_spans;

-- The stretches of keys with more than one.
CREATE VIEW key_stretches AS
SELECT s.*, k.is_long
FROM stretches AS s JOIN session_keys AS k ON k.user_id = s.user_id AND k.user_session IS NOT DISTINCT FROM s.user_session
WHERE k.has_stretches;

-- The sessions of keys that reach over more than the timeout.
CREATE VIEW long_key_sessions AS
WITH whole AS (
    SELECT user_id, user_session, stretch, min(started) AS started, max(ended) AS ended, min(first_view) AS first_view, bit_or(kinds) AS kinds
    FROM key_stretches WHERE is_long GROUP BY user_id, user_session, stretch
),
marked AS (
    SELECT *, coalesce(epoch_ms(started) - epoch_ms(lag(ended) OVER key) > session_timeout_ms(), true) AS is_first
    FROM whole WINDOW key AS (PARTITION BY user_id, user_session ORDER BY stretch)
),
numbered AS (
    SELECT *, count(*) FILTER (is_first) OVER (PARTITION BY user_id, user_session ORDER BY stretch ROWS UNBOUNDED PRECEDING) AS session_number FROM marked
)
SELECT
    user_id, user_session, session_number, min(started) AS started, max(ended) AS ended, min(first_view) AS first_view, bit_or(kinds) AS kinds
FROM numbered GROUP BY user_id, user_session, session_number;

-- One row for each session.
CREATE VIEW session_spans AS
SELECT user_id, user_session, 1::BIGINT AS session_number, started, ended, first_view, kinds FROM session_keys WHERE NOT is_long
UNION ALL SELECT * FROM long_key_sessions;

CREATE VIEW session_counts AS SELECT started::DATE AS date, kinds, count(*) AS sessions FROM session_spans GROUP BY ALL;

-- Sessions of which the counts do not tell all: those with a cart or a purchase, or with more than one kind of event.
CREATE VIEW busy_spans AS FROM session_spans WHERE has_cart_or_purchase(kinds) OR bit_count(kinds) > 1;

-- One row for each session and category: the keys with one stretch first, which has one row for each category.
CREATE VIEW single_category_spans AS
SELECT s.user_id, s.user_session, 1::BIGINT AS session_number, s.category_id, s.first_view, s.kinds
FROM stretches AS s
ANTI JOIN (FROM session_keys WHERE has_stretches) AS k ON k.user_id = s.user_id AND k.user_session IS NOT DISTINCT FROM s.user_session
WHERE s.category_id IS NOT NULL;

CREATE VIEW joined_category_spans AS
SELECT s.user_id, s.user_session, coalesce(l.session_number, 1) AS session_number, s.category_id, min(s.first_view) AS first_view, bit_or(s.kinds) AS kinds
FROM key_stretches AS s
LEFT JOIN long_key_sessions AS l
    ON l.user_id = s.user_id AND l.user_session IS NOT DISTINCT FROM s.user_session AND s.started BETWEEN l.started AND l.ended
WHERE s.category_id IS NOT NULL
GROUP BY ALL;

CREATE VIEW category_spans AS FROM single_category_spans UNION ALL FROM joined_category_spans;

-- Carts, removals and purchases with their session, and their order among each other within one (user_id, user_session): see session_events.
CREATE VIEW session_actions AS
SELECT
    a.user_id, a.user_session, coalesce(l.session_number, 1)::BIGINT AS session_number, a.event_time, a.event_type, a.product_id, a.category_id, a.price, a.date, a.hour,
    row_number() OVER (PARTITION BY a.user_id, a.user_session ORDER BY a.event_time, a.log_position, a.file_index, a.file_row_number) AS step
FROM actions AS a
LEFT JOIN long_key_sessions AS l
    ON l.user_id = a.user_id AND l.user_session IS NOT DISTINCT FROM a.user_session AND a.event_time BETWEEN l.started AND l.ended;

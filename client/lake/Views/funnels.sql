-- How far sessions came: a view, then a cart at or after it, then a purchase at or after such a cart, with whatever lies between. Only sessions with a cart or a
-- purchase are looked at event by event.
CREATE MACRO is_carted(event_type, event_time, first_view) AS count(*) FILTER (event_type = 'cart' AND event_time >= first_view) > 0;

CREATE MACRO is_purchased(event_type, event_time, first_view) AS
    coalesce(max(event_time) FILTER (event_type = 'purchase') >= min(event_time) FILTER (event_type = 'cart' AND event_time >= first_view), false);

CREATE VIEW shopping_funnels AS
SELECT
    s.user_id, s.user_session, s.session_number, any_value(s.started) AS started, bool_or(has_view(s.kinds)) AS viewed,
    is_carted(a.event_type, a.event_time, s.first_view) AS carted, is_purchased(a.event_type, a.event_time, s.first_view) AS purchased
FROM busy_spans AS s
JOIN session_actions AS a
    ON a.user_id = s.user_id AND a.user_session IS NOT DISTINCT FROM s.user_session AND a.session_number = s.session_number AND a.event_type <> 'remove_from_cart'
GROUP BY s.user_id, s.user_session, s.session_number;

CREATE VIEW funnels AS
SELECT user_id, user_session, session_number, started, has_view(kinds) AS viewed, false AS carted, false AS purchased
FROM session_spans WHERE NOT has_cart_or_purchase(kinds)
UNION ALL FROM shopping_funnels;

-- Funnels counted by the date on which the session began.
CREATE VIEW funnel_counts AS
SELECT date, has_view(kinds) AS viewed, false AS carted, false AS purchased, sum(sessions)::BIGINT AS sessions
FROM session_counts WHERE NOT has_cart_or_purchase(kinds) GROUP BY ALL
UNION ALL SELECT started::DATE, viewed, carted, purchased, count(*) FROM shopping_funnels GROUP BY ALL;

-- The same of each category that a session viewed, put into a cart or bought, by these events alone.
CREATE VIEW shopping_category_funnels AS
SELECT
    s.user_id, s.user_session, s.session_number, s.category_id, least(any_value(s.first_view), min(a.event_time)) AS started, bool_or(has_view(s.kinds)) AS viewed,
    is_carted(a.event_type, a.event_time, s.first_view) AS carted, is_purchased(a.event_type, a.event_time, s.first_view) AS purchased
FROM category_spans AS s
JOIN session_actions AS a
    ON a.user_id = s.user_id AND a.user_session IS NOT DISTINCT FROM s.user_session AND a.session_number = s.session_number AND a.category_id = s.category_id
    AND a.event_type <> 'remove_from_cart'
WHERE has_cart_or_purchase(s.kinds)
GROUP BY s.user_id, s.user_session, s.session_number, s.category_id;

CREATE VIEW category_funnels AS
SELECT user_id, user_session, session_number, category_id, first_view AS started, true AS viewed, false AS carted, false AS purchased
FROM category_spans WHERE has_view(kinds) AND NOT has_cart_or_purchase(kinds)
UNION ALL FROM shopping_category_funnels;

-- Those counted by category. Slices of keys with several are taken off again instead of being told apart before: that is a look at all stretches less.
CREATE VIEW category_funnel_counts AS
SELECT category_id, true AS viewed, false AS carted, false AS purchased, sum(sessions)::BIGINT AS sessions
FROM (
    SELECT category_id, count(*) AS sessions FROM stretches WHERE has_view(kinds) AND NOT has_cart_or_purchase(kinds) GROUP BY category_id
    UNION ALL SELECT category_id, -count(*) FROM key_stretches WHERE has_view(kinds) AND NOT has_cart_or_purchase(kinds) GROUP BY category_id
    UNION ALL SELECT category_id, count(*) FROM joined_category_spans WHERE has_view(kinds) AND NOT has_cart_or_purchase(kinds) GROUP BY category_id
)
WHERE category_id IS NOT NULL GROUP BY category_id HAVING sum(sessions) > 0
UNION ALL SELECT category_id, viewed, carted, purchased, count(*) FROM shopping_category_funnels GROUP BY ALL;

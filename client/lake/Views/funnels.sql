-- How far sessions came: a view, then a cart at or after it, then a purchase at or after such a cart, with whatever lies between. Only sessions with a cart or a
-- purchase are looked at event by event.
CREATE VIEW funnels AS
SELECT user_id, user_session, session_number, started, first_view IS NOT NULL AS viewed, false AS carted, false AS purchased
FROM session_spans WHERE NOT has_cart_or_purchase(kinds)
UNION ALL
SELECT
    s.user_id, s.user_session, s.session_number, any_value(s.started), bool_or(s.first_view IS NOT NULL),
    count(*) FILTER (a.event_type = 'cart' AND a.event_time >= s.first_view) > 0,
    coalesce(
        max(a.event_time) FILTER (a.event_type = 'purchase') >= min(a.event_time) FILTER (a.event_type = 'cart' AND a.event_time >= s.first_view), false)
FROM session_spans AS s
JOIN session_actions AS a
    ON a.user_id = s.user_id AND a.user_session IS NOT DISTINCT FROM s.user_session AND a.session_number = s.session_number AND a.event_type <> 'remove_from_cart'
WHERE has_cart_or_purchase(s.kinds)
GROUP BY s.user_id, s.user_session, s.session_number;

-- The same of each category that a session viewed, put into a cart or bought, by these events alone.
CREATE VIEW category_funnels AS
SELECT user_id, user_session, session_number, category_id, first_view AS started, true AS viewed, false AS carted, false AS purchased
FROM category_spans WHERE NOT has_cart_or_purchase(kinds) AND first_view IS NOT NULL
UNION ALL
SELECT
    s.user_id, s.user_session, s.session_number, s.category_id, least(any_value(s.first_view), min(a.event_time)), bool_or(s.first_view IS NOT NULL),
    count(*) FILTER (a.event_type = 'cart' AND a.event_time >= s.first_view) > 0,
    coalesce(
        max(a.event_time) FILTER (a.event_type = 'purchase') >= min(a.event_time) FILTER (a.event_type = 'cart' AND a.event_time >= s.first_view), false)
FROM category_spans AS s
JOIN session_actions AS a
    ON a.user_id = s.user_id AND a.user_session IS NOT DISTINCT FROM s.user_session AND a.session_number = s.session_number AND a.category_id = s.category_id
    AND a.event_type <> 'remove_from_cart'
WHERE has_cart_or_purchase(s.kinds)
GROUP BY s.user_id, s.user_session, s.session_number, s.category_id;

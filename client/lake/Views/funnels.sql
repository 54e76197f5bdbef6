-- How far sessions came: a view, then a cart at or after it, then a purchase at or after such a cart, with whatever lies between. With by_category the views, carts
-- and purchases of each category by themselves.
CREATE MACRO funnel_of(by_category) AS TABLE
WITH keyed AS (
    SELECT user_id, user_session, session_number, CASE WHEN by_category THEN category_id END AS category_id, event_time, event_type
    FROM session_events
    WHERE NOT by_category OR (category_id IS NOT NULL AND event_type IN ('view', 'cart', 'purchase'))
),
viewed AS (
    SELECT *, min(event_time) FILTER (event_type = 'view') OVER (PARTITION BY user_id, user_session, session_number, category_id) AS first_view
    FROM keyed
),
carted AS (
    SELECT
        *, min(event_time) FILTER (event_type = 'cart' AND event_time >= first_view) OVER (PARTITION BY user_id, user_session, session_number, category_id) AS first_cart
    FROM viewed
)
SELECT
    user_id, user_session, session_number, category_id, min(event_time) AS started, bool_or(first_view IS NOT NULL) AS viewed, bool_or(first_cart IS NOT NULL) AS carted,
    coalesce(bool_or(event_type = 'purchase' AND event_time >= first_cart), false) AS purchased
FROM carted
GROUP BY user_id, user_session, session_number, category_id;

CREATE VIEW funnels AS SELECT * EXCLUDE (category_id) FROM funnel_of(false);

CREATE VIEW category_funnels AS SELECT * FROM funnel_of(true);

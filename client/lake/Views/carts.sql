-- One row for each (session, product) with a cart event. "purchased" if the product was bought later in the session, else "removed" if the last cart action
-- was a removal, else "abandoned". Date, hour and category are those of the first cart event.
CREATE VIEW carts AS
WITH actions AS (
    SELECT
        user_id, user_session, session_number, product_id,
        min(step) FILTER (event_type = 'cart') AS first_cart,
        max(step) FILTER (event_type = 'purchase') AS last_purchase,
        arg_max(event_type, step) FILTER (event_type <> 'purchase') AS last_action,
        min(event_time) FILTER (event_type = 'cart') AS carted,
        arg_min_null(category_id, step) FILTER (event_type = 'cart') AS category_id,
        arg_min(price, step) FILTER (event_type = 'cart') AS price
    FROM session_actions
    WHERE product_id IS NOT NULL
    GROUP BY user_id, user_session, session_number, product_id
)
SELECT
    user_id, user_session, session_number, product_id, category_id, price, carted, carted::DATE AS date, hour(carted)::INTEGER AS hour,
    CASE
        WHEN last_purchase > first_cart THEN 'purchased'
        WHEN last_action = 'remove_from_cart' THEN 'removed'
        ELSE 'abandoned'
    END AS outcome
FROM actions
WHERE first_cart IS NOT NULL;

-- What became of carts. The list and the key are columns of a query on carts; "rate" leaves removed carts out.
CREATE MACRO abandonment_rate(abandoned, purchased) AS share(abandoned, abandoned + purchased);

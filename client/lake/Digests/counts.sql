-- Events and money by all that reports count them by.
SELECT
    date, hour, category_id, category_code, event_type, count(*) AS events, sum(price) AS prices, sum(CASE WHEN event_type = 'purchase' THEN price * quantity END) AS revenue
FROM undigested GROUP BY ALL

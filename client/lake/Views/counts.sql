-- Events and money by no more than what is asked for; the other columns are null. What is not asked for costs nothing: the conditions are constants.
CREATE MACRO counts(by_date := false, by_hour := false, by_category := false, by_code := false, with_prices := false, with_revenue := false) AS TABLE
SELECT
    CASE WHEN by_date THEN date END AS date, CASE WHEN by_hour THEN hour END AS hour, CASE WHEN by_category THEN category_id END AS category_id,
    CASE WHEN by_code THEN category_code END AS category_code, event_type, count(*) AS events, sum(CASE WHEN with_prices THEN price END) AS prices,
    sum(CASE WHEN with_revenue AND event_type = 'purchase' THEN price * quantity END) AS revenue
FROM events GROUP BY ALL;

CREATE VIEW brand_counts AS
SELECT brand, event_type, count(*) AS events, sum(CASE WHEN event_type = 'purchase' THEN price * quantity END) AS revenue FROM events GROUP BY ALL;

CREATE VIEW user_days AS SELECT DISTINCT user_id, date FROM events;

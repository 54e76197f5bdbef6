-- Events and money by no more than what is asked for; the other columns are null. What is not asked for costs nothing: the conditions are constants. Several rows may
-- have the same columns: whoever asks adds them up.
CREATE MACRO counts(by_date := false, by_hour := false, by_category := false, by_code := false, with_prices := false, with_revenue := false) AS TABLE
SELECT
    CASE WHEN by_date THEN date END AS date, CASE WHEN by_hour THEN hour END AS hour, CASE WHEN by_category THEN category_id END AS category_id,
    CASE WHEN by_code THEN category_code END AS category_code, event_type, count(*) AS events, sum(CASE WHEN with_prices THEN price END) AS prices,
    sum(CASE WHEN with_revenue AND event_type = 'purchase' THEN price * quantity END) AS revenue
FROM undigested GROUP BY ALL
UNION ALL
SELECT
    CASE WHEN by_date THEN date END, CASE WHEN by_hour THEN hour END, CASE WHEN by_category THEN category_id END, CASE WHEN by_code THEN category_code END,
    event_type, sum(events)::BIGINT, sum(CASE WHEN with_prices THEN prices END), sum(CASE WHEN with_revenue THEN revenue END)
FROM digested_counts GROUP BY ALL;

CREATE VIEW brand_counts AS
SELECT brand, event_type, sum(events)::BIGINT AS events, sum(revenue) AS revenue FROM (FROM undigested_brands UNION ALL FROM digested_brands) GROUP BY ALL;

CREATE VIEW user_days AS
SELECT DISTINCT user_id, date
FROM (SELECT user_id, date FROM undigested UNION ALL SELECT user_id, day_of_stretch(stretch) FROM digested_stretches);

CREATE VIEW crowded_windows AS FROM undigested_crowds UNION ALL FROM digested_crowds;

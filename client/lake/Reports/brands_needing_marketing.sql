-- The upper bound of the interval that E. B. Wilson gave in 1927 for a proportion, at 95 % (z = 1.959964). The last row is all brands together.
WITH counted AS (
    SELECT brand, count(*) FILTER (event_type = 'view') AS views, count(*) FILTER (event_type = 'purchase') AS purchases
    FROM events WHERE brand IS NOT NULL GROUP BY brand
),
overall AS (SELECT coalesce(sum(views), 0)::BIGINT AS views, coalesce(sum(purchases), 0)::BIGINT AS purchases FROM counted),
bounded AS (
    SELECT
        brand, views, purchases, 1.959963984540054::DOUBLE AS z, purchases::DOUBLE / views AS p,
        (p + z * z / (2 * views) + z * sqrt(p * (1 - p) / views + z * z / (4.0 * views * views))) / (1 + z * z / views) AS upper_bound
    FROM counted WHERE views >= 100 AND purchases <= views
),
rows AS (
    SELECT 1 AS place, b.brand, b.views, b.purchases, share(b.purchases, b.views) AS conversion, six_decimals(b.upper_bound) AS upper_bound
    FROM bounded AS b, overall AS o WHERE b.upper_bound < o.purchases::DOUBLE / o.views
    UNION ALL SELECT 2, NULL, views, purchases, share(purchases, views), NULL FROM overall
)
SELECT brand, views, purchases, conversion, upper_bound FROM rows ORDER BY place, views DESC, brand

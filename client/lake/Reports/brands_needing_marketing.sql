-- The upper bound of the interval that E. B. Wilson gave in 1927 for a proportion, at 95 % (z = 1.959964); more purchases than views count as all of them. A last row
-- without brand, for the JSON, tells the conversion of all brands together.
WITH counted AS (
    SELECT brand, whole(sum(events) FILTER (event_type = 'view')) AS views, whole(sum(events) FILTER (event_type = 'purchase')) AS purchases
    FROM brand_counts WHERE brand IS NOT NULL GROUP BY brand
),
overall AS (SELECT coalesce(sum(views), 0)::BIGINT AS views, coalesce(sum(purchases), 0)::BIGINT AS purchases FROM counted),
bounded AS (
    SELECT
        brand, views, purchases, 1.959963984540054::DOUBLE AS z, views::DOUBLE AS n, least(1.0::DOUBLE, purchases / n) AS p,
        (p + z * z / (2 * n) + z * sqrt((p * (1 - p) + z * z / (4 * n)) / n)) / (1 + z * z / n) AS upper_bound
    FROM counted WHERE views >= 100
),
rows AS (
    SELECT
        row_number() OVER (ORDER BY b.views DESC, b.brand) AS rank, b.brand, b.views, b.purchases, share(b.purchases, b.views) AS conversion,
        six_decimals(b.upper_bound) AS upper_bound
    FROM bounded AS b, overall AS o WHERE b.upper_bound < o.purchases::DOUBLE / o.views
    UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, NULL
)
SELECT
    r.rank, r.brand, r.views, r.purchases, r.conversion, r.upper_bound, coalesce(share(o.purchases, o.views), 0)::DECIMAL(30, 6) AS overall_conversion
FROM rows AS r, overall AS o ORDER BY r.rank NULLS LAST

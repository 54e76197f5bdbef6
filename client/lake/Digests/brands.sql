-- Events and money by brand.
SELECT brand, event_type, count(*) AS events, sum(CASE WHEN event_type = 'purchase' THEN price * quantity END) AS revenue FROM undigested GROUP BY ALL

-- Exact arithmetic of reports: whole numbers and decimals only, so that the lake and the live reports agree to the last digit.

-- part / whole to a whole number, half to even; null if there is no whole. Of numbers that are not negative.
CREATE MACRO quotient(part, whole) AS
    CASE WHEN whole = 0 THEN NULL ELSE
        part // whole + CASE WHEN 2 * (part % whole) > whole OR (2 * (part % whole) = whole AND (part // whole) % 2 = 1) THEN 1 ELSE 0 END
    END;

-- part / whole with six decimals; null if there is no whole. The part may be negative.
CREATE MACRO share(part, whole) AS
    (quotient(abs(part::HUGEINT) * 1000000, whole::HUGEINT)::DECIMAL(24, 0) * 0.000001 * CASE WHEN part < 0 THEN -1 ELSE 1 END)::DECIMAL(30, 6);

-- A sum of money through a count, with four decimals.
CREATE MACRO mean(total, number) AS
    (quotient((total * 10000)::HUGEINT, number::HUGEINT)::DECIMAL(30, 0) * 0.0001)::DECIMAL(38, 4);

-- Milliseconds through a count, in seconds with four decimals; null if there is no count.
CREATE MACRO seconds_each(total_ms, number) AS
    (quotient(total_ms::HUGEINT * 10, number::HUGEINT)::DECIMAL(30, 0) * 0.0001)::DECIMAL(38, 4);

-- A sum of durations stays at the greatest number instead of overflowing.
CREATE MACRO longest(total_ms) AS least(total_ms::HUGEINT, 9223372036854775807)::BIGINT;

-- A decimal with six decimals of a number that could only be had as a binary fraction (roots, averages of days).
CREATE MACRO six_decimals(number) AS round_even(number, 6)::DECIMAL(30, 6);

-- A sum of counts.
CREATE MACRO whole(number) AS coalesce(number, 0)::BIGINT;

CREATE MACRO money(amount) AS coalesce(amount, 0)::DECIMAL(38, 4);

CREATE MACRO date_name(day) AS strftime(day, '%Y-%m-%d');

CREATE MACRO hour_name(hour_of_day) AS lpad(hour_of_day::VARCHAR, 2, '0');

-- Mon to Sun.
CREATE MACRO weekday_name(day) AS strftime(day, '%a');

-- The place of a kind wherever kinds are listed.
CREATE MACRO kind_number(kind) AS list_position(['view', 'cart', 'remove_from_cart', 'purchase', 'page'], kind);

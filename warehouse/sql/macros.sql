-- The macros of the contract. They stand in every published file and in the connections that compute the marts.
-- Roll up by summing inquiries and transactions first, then take the rate: rates are never averaged.

CREATE OR REPLACE MACRO rate_per_10k(inquiries, transactions) AS
    CASE WHEN transactions > 0 THEN inquiries * 10000.0 / transactions END;

-- 95 % limits of a Poisson count. Up to 10 the exact ones (Garwood 1936: quantiles of chi-square, the constants
-- below; between them, which an overdispersed count needs, in a straight line), above 10 Byar's
-- approximation (Breslow & Day 1987, vol. II, eq. 2.13), which is off by less than 0.15 % there. `count_high` also
-- takes what lies between −1 and 0, for `rate_high`.
CREATE OR REPLACE MACRO count_low(n) AS
    CASE
        WHEN n < 0 THEN NULL
        WHEN n <= 10 THEN
            list_extract([0, 0.0253178079842899, 0.242209278543965, 0.618672122895601, 1.08986537362632, 1.62348639011842, 2.20189425349085, 2.81436305151987, 3.4538321767485, 4.11537309737833, 4.79538869613243], floor(n)::INTEGER + 1)
            + (n - floor(n)) * (
                list_extract([0, 0.0253178079842899, 0.242209278543965, 0.618672122895601, 1.08986537362632, 1.62348639011842, 2.20189425349085, 2.81436305151987, 3.4538321767485, 4.11537309737833, 4.79538869613243], least(floor(n)::INTEGER + 2, 11))
                - list_extract([0, 0.0253178079842899, 0.242209278543965, 0.618672122895601, 1.08986537362632, 1.62348639011842, 2.20189425349085, 2.81436305151987, 3.4538321767485, 4.11537309737833, 4.79538869613243], floor(n)::INTEGER + 1)
            )
        ELSE n * pow(1 - 1 / (9.0 * n) - 1.959963984540054 / (3 * sqrt(n)), 3)
    END;

CREATE OR REPLACE MACRO count_high(n) AS
    CASE
        WHEN n < -1 THEN NULL
        WHEN n < 0 THEN
            list_extract([0, 0.977904799418853, 1.51110297598858, 1.90026364283883, 2.22471614918229, 2.51194309365744, 2.7747733212164, 3.02025639131435, 3.25269469349402, 3.47491502247915, 3.68887945411394], floor((n + 1) * 10)::INTEGER + 1)
            + ((n + 1) * 10 - floor((n + 1) * 10)) * (
                list_extract([0, 0.977904799418853, 1.51110297598858, 1.90026364283883, 2.22471614918229, 2.51194309365744, 2.7747733212164, 3.02025639131435, 3.25269469349402, 3.47491502247915, 3.68887945411394], least(floor((n + 1) * 10)::INTEGER + 2, 11))
                - list_extract([0, 0.977904799418853, 1.51110297598858, 1.90026364283883, 2.22471614918229, 2.51194309365744, 2.7747733212164, 3.02025639131435, 3.25269469349402, 3.47491502247915, 3.68887945411394], floor((n + 1) * 10)::INTEGER + 1)
            )
        WHEN n <= 10 THEN
            list_extract([3.68887945411394, 5.5716433909389, 7.22468766772396, 8.76727306974232, 10.2415886754037, 11.6683320793227, 13.0594740225187, 14.4226753617024, 15.7631892201933, 17.0848034514192, 18.3903560420178], floor(n)::INTEGER + 1)
            + (n - floor(n)) * (
                list_extract([3.68887945411394, 5.5716433909389, 7.22468766772396, 8.76727306974232, 10.2415886754037, 11.6683320793227, 13.0594740225187, 14.4226753617024, 15.7631892201933, 17.0848034514192, 18.3903560420178], least(floor(n)::INTEGER + 2, 11))
                - list_extract([3.68887945411394, 5.5716433909389, 7.22468766772396, 8.76727306974232, 10.2415886754037, 11.6683320793227, 13.0594740225187, 14.4226753617024, 15.7631892201933, 17.0848034514192, 18.3903560420178], floor(n)::INTEGER + 1)
            )
        ELSE (n + 1) * pow(1 - 1 / (9.0 * (n + 1)) + 1.959963984540054 / (3 * sqrt(n + 1)), 3)
    END;

-- Limits of a rate per 10,000. `dispersion` is variance / mean of the counts (1: Poisson); the interval is that
-- of the count divided by it, so that a dispersion d of 4 doubles its width. The exact upper limit of n is the gamma
-- quantile at n + 1, one step of the count further; divided, a step is 1/d, and at n/d + 1 the interval would hold
-- too much. At n/d + d^-0.75 negative binomial counts are covered 95 % or more at every mean and at most 97 % above 20.
CREATE OR REPLACE MACRO rate_low(inquiries, transactions, dispersion := 1) AS
    CASE WHEN transactions > 0 THEN
        count_low(inquiries::DOUBLE / greatest(dispersion, 1)) * greatest(dispersion, 1) * 10000.0 / transactions
    END;

CREATE OR REPLACE MACRO rate_high(inquiries, transactions, dispersion := 1) AS
    CASE WHEN transactions > 0 THEN
        count_high(inquiries::DOUBLE / greatest(dispersion, 1) + pow(greatest(dispersion, 1), -0.75) - 1) * greatest(dispersion, 1) * 10000.0 / transactions
    END;

-- 95 % limits of a share (Wilson 1927), `part` of `whole` that are independent of each other.
CREATE OR REPLACE MACRO share_low(part, whole) AS
    CASE WHEN whole > 0 THEN greatest(0, (
        part / whole + 1.920729410347062 / whole
        - 1.959963984540054 * sqrt(greatest(0, part / whole * (1 - part / whole)) / whole + 0.960364705173531 / (whole * whole::DOUBLE))
    ) / (1 + 3.841458820694124 / whole)) END;

CREATE OR REPLACE MACRO share_high(part, whole) AS
    CASE WHEN whole > 0 THEN least(1, (
        part / whole + 1.920729410347062 / whole
        + 1.959963984540054 * sqrt(greatest(0, part / whole * (1 - part / whole)) / whole + 0.960364705173531 / (whole * whole::DOUBLE))
    ) / (1 + 3.841458820694124 / whole)) END;

-- How far counts of a day scatter about their own level: variance ÷ mean, for `rate_low` and `rate_high`.
-- `FROM dispersions('series')`, where `series` names a table or view with the columns
--     key, day, inquiry_count, transaction_count (null all along: counts without exposure)
-- and a row for each day, also one without an inquiry. Gives key, dispersion, dispersion_estimate, degrees,
-- days (in the series, with transactions).
--
-- The expected count of a day is its transactions × a weekday's rate × a week's level (weeks count back from the
-- last day), fitted by proportional fitting, so that neither the weekday nor a slow drift counts as scatter; below
-- 14 days one rate for all. Days far from the others (an incident, a half day) are left out: Anscombe's residual from
-- the median rate beyond 4 of their own scale, in series of 5 a day or more. The estimate is Pearson's χ² ÷ degrees with Fletcher's correction for sparse counts
-- (Fletcher 2012, Biometrika 99:230). `dispersion` is what intervals use: the estimate × (t ÷ z)² at its degrees,
-- because it comes from few days (t by Cornish and Fisher's expansion), less of that the nearer the estimate is to 1,
-- where the floor of 1 makes up for it; at least 1, and 1 below 4 degrees. tests/benchmarks/rates.py measures the coverage.
CREATE OR REPLACE MACRO dispersions(series) AS TABLE
WITH daily AS (
    SELECT
        key,
        day,
        sum(inquiry_count)::DOUBLE AS n,
        CASE WHEN count(any_value(transaction_count)) OVER (PARTITION BY key) = 0 THEN 1
            ELSE any_value(transaction_count)::DOUBLE END AS t
    FROM query_table(series)
    GROUP BY key, day
),
placed AS (
    SELECT
        *,
        count(*) OVER (PARTITION BY key) AS days,
        max(day) OVER () AS last_day,
        avg(n) OVER (PARTITION BY key) AS mean,
        t * median(n / t) OVER (PARTITION BY key) AS usual
    FROM daily
    WHERE t > 0
),
strayed AS (
    SELECT *, CASE WHEN mean >= 5 AND usual > 0 THEN abs(1.5 * (pow(n, 2 / 3) - pow(usual, 2 / 3)) / pow(usual, 1 / 6)) ELSE 0 END AS residual
    FROM placed
),
kept AS (
    SELECT * FROM strayed
    QUALIFY residual < 4 * greatest(1, 1.4826 * median(residual) OVER (PARTITION BY key))
),
grouped AS (
    SELECT
        key,
        n,
        t,
        days,
        CASE WHEN days < 14 THEN 0 ELSE isodow(day) END AS weekday,
        CASE WHEN days < 14 THEN 0 ELSE (last_day - day) // 7 END AS week
    FROM kept
),
first_weekday AS (SELECT *, sum(n) OVER w / sum(t) OVER w AS b FROM grouped WINDOW w AS (PARTITION BY key, weekday)),
first_week AS (SELECT *, sum(n) OVER w / nullif(sum(t * b) OVER w, 0) AS a FROM first_weekday WINDOW w AS (PARTITION BY key, week)),
second_weekday AS (SELECT * REPLACE (sum(n) OVER w / nullif(sum(t * a) OVER w, 0) AS b) FROM first_week WINDOW w AS (PARTITION BY key, weekday)),
second_week AS (SELECT * REPLACE (sum(n) OVER w / nullif(sum(t * b) OVER w, 0) AS a) FROM second_weekday WINDOW w AS (PARTITION BY key, week)),
expected AS (SELECT *, t * a * b AS mu FROM second_week),
measured AS (
    SELECT
        key,
        any_value(days) AS days,
        count(*) FILTER (WHERE mu > 0) - count(DISTINCT weekday) FILTER (WHERE mu > 0) - count(DISTINCT week) FILTER (WHERE mu > 0) + 1 AS degrees,
        sum((n - mu) * (n - mu) / mu) FILTER (WHERE mu > 0) AS pearson,
        avg(n / mu) FILTER (WHERE mu > 0) AS fletcher
    FROM expected
    GROUP BY key
),
estimated AS (
    SELECT
        *,
        CASE WHEN degrees >= 4 AND fletcher > 0 THEN pearson / degrees / fletcher END AS dispersion_estimate,
        pow(
            1 + (1 + 3.841458820694124) / (4 * degrees)
            + (5 * 14.756805870875 + 16 * 3.841458820694124 + 3) / (96 * pow(degrees, 2))
            + (3 * 56.687662 + 19 * 14.756805870875 + 17 * 3.841458820694124 - 15) / (384 * pow(degrees, 3)), 2
        ) AS allowance
    FROM measured
)
SELECT
    key,
    coalesce(greatest(1, dispersion_estimate * allowance - (allowance - 1) * least(1, pow(greatest(dispersion_estimate, 0.01), -4))), 1)::DOUBLE AS dispersion,
    dispersion_estimate,
    degrees::INTEGER AS degrees,
    days::INTEGER AS days
FROM estimated;

-- The id of an obstacle: the same on every day, and in every workspace with the same names.
CREATE OR REPLACE MACRO obstacle_id(product, step, topic_id, cause) AS
    'o' || substr(md5(concat_ws('|', product, coalesce(step, ''), coalesce(topic_id, ''), coalesce(cause, ''))), 1, 12);

-- The macros of the contract. They stand in every published file and in the connections that compute the marts.
-- Roll up by summing inquiries and transactions first, then take the rate: rates are never averaged.

CREATE OR REPLACE MACRO rate_per_10k(inquiries, transactions) AS
    CASE WHEN transactions > 0 THEN inquiries * 10000.0 / transactions END;

-- 95 % limits of a Poisson count. Up to 10 the exact ones (Garwood 1936: quantiles of chi-square, the constants
-- below; between whole numbers, which an overdispersed count needs, in a straight line), above 10 Byar's
-- approximation (Breslow & Day 1987, vol. II, eq. 2.13), which is off by less than 0.15 % there.
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
        WHEN n < 0 THEN NULL
        WHEN n <= 10 THEN
            list_extract([3.68887945411394, 5.5716433909389, 7.22468766772396, 8.76727306974232, 10.2415886754037, 11.6683320793227, 13.0594740225187, 14.4226753617024, 15.7631892201933, 17.0848034514192, 18.3903560420178], floor(n)::INTEGER + 1)
            + (n - floor(n)) * (
                list_extract([3.68887945411394, 5.5716433909389, 7.22468766772396, 8.76727306974232, 10.2415886754037, 11.6683320793227, 13.0594740225187, 14.4226753617024, 15.7631892201933, 17.0848034514192, 18.3903560420178], least(floor(n)::INTEGER + 2, 11))
                - list_extract([3.68887945411394, 5.5716433909389, 7.22468766772396, 8.76727306974232, 10.2415886754037, 11.6683320793227, 13.0594740225187, 14.4226753617024, 15.7631892201933, 17.0848034514192, 18.3903560420178], floor(n)::INTEGER + 1)
            )
        ELSE (n + 1) * pow(1 - 1 / (9.0 * (n + 1)) + 1.959963984540054 / (3 * sqrt(n + 1)), 3)
    END;

-- Limits of a rate per 10,000. `dispersion` is variance / mean of the counts (1: Poisson); the interval is that
-- of the count divided by it, so that a dispersion of 4 doubles its width.
CREATE OR REPLACE MACRO rate_low(inquiries, transactions, dispersion := 1) AS
    CASE WHEN transactions > 0 THEN
        count_low(inquiries::DOUBLE / greatest(dispersion, 1)) * greatest(dispersion, 1) * 10000.0 / transactions
    END;

CREATE OR REPLACE MACRO rate_high(inquiries, transactions, dispersion := 1) AS
    CASE WHEN transactions > 0 THEN
        count_high(inquiries::DOUBLE / greatest(dispersion, 1)) * greatest(dispersion, 1) * 10000.0 / transactions
    END;

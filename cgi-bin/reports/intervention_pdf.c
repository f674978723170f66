/**
 * intervention_pdf.c: the pages of an intervention report.
 */
#include <stdio.h>

#include "reports.h"

enum { LINE = 1200, FOOTER = 3 * LINE };

#define MINUTE_TEXT_SIZE sizeof("2024-01-18 10:35 UTC")
#define MINUTE_LENGTH (sizeof("2024-01-18 10:35") - 1)

static struct str minute(time_ms at, char out[static MINUTE_TEXT_SIZE])
{
        char text[TIME_TEXT_SIZE];
        const struct str full = time_format(at, text);

        snprintf(out, MINUTE_TEXT_SIZE, "%.10s %.5s UTC", full.ptr, full.ptr + 11);
        return str_of(out);
}

static void put_fact(struct pdf *pdf, const char *label, struct str value)
{
        const struct str cells[] = {str_of(label), value.len ? value : STR("–")};

        pdf_row(pdf, cells);
}

static void write_person(struct pdf *pdf, const struct intervention_facts *facts)
{
        static const struct pdf_column columns[] = {{NULL, 0.24}, {NULL, 0.76}};
        static const struct {
                const char *label;
                enum person_field field;
        } rows[] = {
                {"E-mail", PERSON_EMAIL},          {"Phone", PERSON_PHONE},
                {"Status", PERSON_STATUS},         {"Tags", PERSON_TAGS},
                {"Risk notes", PERSON_RISK_NOTES}, {"Notes", PERSON_NOTES},
        };
        char since[MINUTE_TEXT_SIZE];

        pdf_heading(pdf, 2, STR("Person"));
        pdf_table_open(pdf, columns, 2);
        put_fact(pdf, "Name", record_str(facts->person, PERSON_NAME));
        put_fact(pdf, "Identifier", facts->person_id);
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
                put_fact(pdf, rows[i].label, record_str(facts->person, rows[i].field));
        put_fact(pdf, "On record since",
                 minute(facts->person->values[PERSON_CREATED_AT].time, since));
        pdf_table_close(pdf);
}

static void write_causes(struct pdf *pdf, const struct intervention_facts *facts)
{
        static const struct pdf_column columns[] = {
                {"Rule", 0.6}, {"Applies to", 0.2}, {"Points", 0.2}};

        pdf_table_open(pdf, columns, 3);
        for (size_t i = 0; i < RISK_CAUSE__N; i++) {
                const struct risk_cause *cause = &facts->causes[i];
                char count[24], points[24];
                struct str cells[] = {str_of(cause->about), {count, 0}, {points, 0}};

                cells[1].len =
                        (size_t)snprintf(count, sizeof(count), "%lld", (long long)cause->count);
                cells[2].len =
                        (size_t)snprintf(points, sizeof(points), "+%lld", (long long)cause->points);
                pdf_row(pdf, cells);
        }
        pdf_table_close(pdf);
}

static void write_risk(struct pdf *pdf, const struct intervention_facts *facts)
{
        char line[LINE];

        pdf_heading(pdf, 2, STR("Risk"));
        snprintf(line, sizeof(line),
                 "On record: score %lld of 100, level %.*s. Computed from the record and its "
                 "interactions: score %lld, level %s.",
                 (long long)record_int(facts->person, PERSON_RISK_SCORE),
                 STR_ARG(record_str(facts->person, PERSON_RISK_LEVEL)), (long long)facts->score,
                 risk_level(facts->score));
        pdf_paragraph(pdf, str_of(line));
        write_causes(pdf, facts);
        pdf_note(pdf, STR("Points are added up and end at 100. Levels: critical from 80, high from "
                          "60, moderate from 40, else low."));
}

static void write_history(struct pdf *pdf, const struct intervention_facts *facts)
{
        static const struct pdf_band bands[] = {{0, "low", 0.36, 0.55, 0.42},
                                                {40, "moderate", 0.85, 0.7, 0.2},
                                                {60, "high", 0.9, 0.45, 0.15},
                                                {80, "critical", 0.76, 0.18, 0.16}};
        char line[LINE];
        struct pdf_chart chart = {
                .points = facts->history,
                .count = facts->history_count,
                .until = facts->made,
                .top = RISK_SCORE_MAX,
                .bands = bands,
                .band_count = sizeof(bands) / sizeof(bands[0]),
        };

        if (facts->history_count == 0)
                return;
        snprintf(line, sizeof(line),
                 "The score on record was set or changed %zu time%s: first %.0f, now %.0f.",
                 facts->history_count, facts->history_count == 1 ? "" : "s",
                 facts->history[0].value, facts->history[facts->history_count - 1].value);
        chart.about = str_of(line);
        pdf_keep(pdf, PDF_CHART_HEIGHT + 40);
        pdf_heading(pdf, 2, STR("Risk over time"));
        pdf_step_chart(pdf, &chart);
}

static void write_recommendations(struct pdf *pdf, const struct intervention_facts *facts)
{
        static const struct {
                const char *priority;
                enum pdf_shade shade;
        } shades[] = {
                {"urgent", SHADE_ALARM}, {"important", SHADE_NOTICE}, {"routine", SHADE_CALM}};
        char line[LINE];

        pdf_heading(pdf, 2, STR("Recommendations"));
        if (facts->recommendation_count == 0)
                pdf_paragraph(pdf, STR("None."));
        for (size_t i = 0; i < facts->recommendation_count; i++) {
                const struct recommendation *one = &facts->recommendations[i];
                size_t shade = 0;

                while (strcmp(shades[shade].priority, one->priority) != 0)
                        shade++;
                snprintf(line, sizeof(line), "%s (%s%s)", one->title, one->priority,
                         one->further ? ", further rule" : "");
                pdf_callout(pdf, shades[shade].shade, str_of(line), str_of(one->description));
        }
}

/* A description ends with … where it was cut. */
static struct str shorten(struct str text, char out[static CELL_LETTERS * 4 + 8])
{
        size_t end = 0, letters = 0;

        if (str_utf8_length(text) <= CELL_LETTERS)
                return text;
        for (; end < text.len && letters <= CELL_LETTERS; end++)
                letters += ((unsigned char)text.ptr[end] & 0xC0) != 0x80;
        snprintf(out, CELL_LETTERS * 4 + 8, "%.*s…", (int)(end - 1), text.ptr);
        return str_of(out);
}

static void write_interactions(struct pdf *pdf, const struct intervention_facts *facts)
{
        static const struct pdf_column columns[] = {
                {"When (UTC)", 0.22}, {"What", 0.13}, {"Risk", 0.13}, {"Description", 0.52}};
        char line[LINE], at[MINUTE_TEXT_SIZE], cut[CELL_LETTERS * 4 + 8];

        snprintf(line, sizeof(line), "Interactions (%lld)", (long long)facts->risk.interactions);
        pdf_heading(pdf, 2, str_of(line));
        if (facts->happening_count == 0) {
                pdf_paragraph(pdf, STR("None on record."));
                return;
        }
        pdf_table_open(pdf, columns, 4);
        for (size_t i = 0; i < facts->happening_count; i++) {
                const struct happening *one = &facts->happenings[i];
                const struct str cells[] = {{minute(one->at, at).ptr, MINUTE_LENGTH},
                                            one->type,
                                            one->risk_level.len ? one->risk_level : STR("–"),
                                            shorten(one->description, cut)};

                pdf_row(pdf, cells);
        }
        pdf_table_close(pdf);
        if (facts->risk.interactions > (int64_t)facts->happening_count) {
                snprintf(line, sizeof(line), "The newest %zu of %lld are listed.",
                         facts->happening_count, (long long)facts->risk.interactions);
                pdf_note(pdf, str_of(line));
        }
}

static void compose(struct pdf *pdf, const void *context)
{
        const struct intervention_facts *facts = context;
        char line[LINE], at[MINUTE_TEXT_SIZE];

        pdf_heading(pdf, 1, STR("Intervention report"));
        snprintf(line, sizeof(line), "Generated %s by %.*s. Confidential.",
                 minute(facts->made, at).ptr, STR_ARG(facts->made_by));
        pdf_note(pdf, str_of(line));
        write_person(pdf, facts);
        write_risk(pdf, facts);
        write_history(pdf, facts);
        write_recommendations(pdf, facts);
        write_interactions(pdf, facts);
}

enum status intervention_pdf(const struct intervention_facts *facts, struct buf *out)
{
        char footer[FOOTER], title[LINE], maker[LINE], at[MINUTE_TEXT_SIZE];
        struct pdf_info info = {
                .title = title, .author = maker, .subject = "Persons at risk", .made = facts->made};

        snprintf(title, sizeof(title), "Intervention report: %.*s",
                 STR_ARG(record_str(facts->person, PERSON_NAME)));
        snprintf(maker, sizeof(maker), "%.*s", STR_ARG(facts->made_by));
        snprintf(footer, sizeof(footer), "%s · generated %s by %s", title,
                 minute(facts->made, at).ptr, maker);
        info.footer = str_of(footer);
        return pdf_write(out, &info, compose, facts);
}

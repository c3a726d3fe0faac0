from django.urls import path

from pingji.monitor.surveillance import views

app_name = "surveillance"
urlpatterns = [
    path("", views.overview, name="series"),
    path("chart.json", views.chart, name="chart"),
    path("cards/", views.work, name="work"),
    path("cards/new/", views.new_card, name="new_card"),
    path("cards/look/", views.look, name="look"),
    path("cards/person/", views.person, name="card_person"),
    path("cards/suggest/", views.suggest, name="card_suggest"),
    path("cards/answer/", views.answer_many, name="answer_cards"),
    path("cards/pairs/", views.pairs, name="pairs"),
    path("cards/pairs/<int:pair_id>/", views.pair, name="pair"),
    path("cards/<int:card_id>/", views.card, name="card"),
    path("cards/<int:card_id>/edit/", views.edit_card, name="edit_card"),
    path("cards/<int:card_id>/move/", views.move, name="move_card"),
    path("cards/<int:card_id>/print/", views.print_card, name="print_card"),
    path("cases/", views.cases, name="cases"),
    path("cases/count/", views.cases_count, name="cases_count"),
    path("cases/areas/", views.areas_offered, name="areas_offered"),
    path("cases/searches/", views.save_search, name="save_search"),
    path("cases/searches/<int:search_id>/drop/", views.forget_search, name="forget_search"),
    path("exports/", views.exports, name="exports"),
    path("exports/ask/", views.ask_export, name="ask_export"),
    path("exports/<int:export_id>/file/", views.export_file, name="export_file"),
    path("imports/", views.imports, name="imports"),
    path("imports/<int:import_id>/", views.import_detail, name="import"),
    path("imports/<int:import_id>/answers.csv", views.answers, name="answers"),
    path("diseases/", views.diseases, name="diseases"),
]
